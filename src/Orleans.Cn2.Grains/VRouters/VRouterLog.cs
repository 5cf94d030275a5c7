using Microsoft.Extensions.Logging;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.VRouters;

internal static partial class VRouterLog
{
    [LoggerMessage(1, LogLevel.Warning, "shard {Shard} can't be read, trying again: {Cause}")]
    public static partial void ReadFailed(this ILogger log, int shard, string cause);

    [LoggerMessage(2, LogLevel.Warning, "acknowledgements can't be reported, trying again: {Cause}")]
    public static partial void ReportFailed(this ILogger log, string cause);

    [LoggerMessage(3, LogLevel.Error, "vrouter {Node} could not program {Service}: {Cause}")]
    public static partial void Refused(this ILogger log, string node, NamespacedName service, string cause);

    [LoggerMessage(4, LogLevel.Warning, "vrouter {Node} was silent for {Time}; its session ends")]
    public static partial void Silent(this ILogger log, string node, TimeSpan time);
}
