using Microsoft.Extensions.Logging;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Catalog;

internal static partial class CatalogLog
{
    [LoggerMessage(1, LogLevel.Debug, "shard {Shard} starts at epoch {Epoch} with {Services} services listed")]
    public static partial void Activated(this ILogger log, int shard, ulong epoch, int services);

    [LoggerMessage(2, LogLevel.Debug, "shard {Shard} is ready with {Services} services after {Duration}")]
    public static partial void Ready(this ILogger log, int shard, int services, TimeSpan duration);

    [LoggerMessage(3, LogLevel.Error, "service {Service} is in no table: its uid {Uid} is that of {Owner}; delete one of them")]
    public static partial void UidTaken(this ILogger log, NamespacedName service, Guid uid, NamespacedName owner);
}
