using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Grains.Catalog;

internal static partial class CatalogLog
{
    [LoggerMessage(1, LogLevel.Debug, "shard {Shard} starts at epoch {Epoch} with {Services} services listed")]
    public static partial void Activated(this ILogger log, int shard, ulong epoch, int services);

    [LoggerMessage(2, LogLevel.Debug, "shard {Shard} is ready with {Services} services after {Duration}")]
    public static partial void Ready(this ILogger log, int shard, int services, TimeSpan duration);
}
