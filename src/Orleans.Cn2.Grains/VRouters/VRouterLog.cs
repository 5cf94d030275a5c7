using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.VRouters;

internal static partial class VRouterLog
{
    [LoggerMessage(1, LogLevel.Warning, "shard {Shard} can't be read, trying again; the tables read last serve on: {Cause}")]
    public static partial void ReadFailed(this ILogger log, int shard, string cause);

    [LoggerMessage(3, LogLevel.Error, "vrouter {Node} could not program {Service}: {Cause}")]
    public static partial void Refused(this ILogger log, string node, NamespacedName service, string cause);

    [LoggerMessage(4, LogLevel.Warning, "vrouter {Node} was silent for {Time}; its session ends")]
    public static partial void Silent(this ILogger log, string node, TimeSpan time);

    [LoggerMessage(5, LogLevel.Information, "shard {Shard} can be read again, at {Version}")]
    public static partial void ReadAgain(this ILogger log, int shard, ShardVersion version);

    [LoggerMessage(6, LogLevel.Debug, "shard {Shard} is at epoch {Epoch} with {Services} services")]
    public static partial void EpochTaken(this ILogger log, int shard, ulong epoch, int services);

    [LoggerMessage(7, LogLevel.Warning, "the cluster's inventory can't be read, trying again: {Cause}")]
    public static partial void ClusterFailed(this ILogger log, string cause);

    [LoggerMessage(8, LogLevel.Information, "vrouter {Node} attached: boot {Boot}, {Held} of {Shards} shards held already")]
    public static partial void Attached(this ILogger log, string node, ulong boot, int held, int shards);

    [LoggerMessage(9, LogLevel.Information, "vrouter {Node} gets {Count} shards as snapshots: {Fresh} it holds nothing of, {Behind} it is too far behind in or of another epoch, {Distrusted} whose rows it distrusts")]
    public static partial void Snapshots(this ILogger log, string node, int count, int fresh, int behind, int distrusted);

    [LoggerMessage(10, LogLevel.Information, "vrouter {Node} detached")]
    public static partial void Detached(this ILogger log, string node);

    [LoggerMessage(11, LogLevel.Warning, "the rows of vrouter {Node} in shard {Shard} are not those announced ({Cause}); it gets a snapshot")]
    public static partial void Distrusted(this ILogger log, string node, int shard, Acknowledgement cause);
}
