using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Grains.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(1, LogLevel.Warning, "the cluster is not started yet, trying again: {Cause}")]
    public static partial void StartRepeated(this ILogger log, string cause);
}
