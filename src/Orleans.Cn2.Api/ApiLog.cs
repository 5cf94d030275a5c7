using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Api;

internal static partial class ApiLog
{
    [LoggerMessage(1, LogLevel.Warning, "{Method} failed; the outcome is unknown to the caller")]
    public static partial void CallFailed(this ILogger log, string method, Exception failure);

    [LoggerMessage(2, LogLevel.Information, "vrouter {Node} attached: boot {Boot}, {Engine}, {Mode} mode, version {Version}")]
    public static partial void Attached(this ILogger log, string node, ulong boot, string engine, string mode, string version);

    [LoggerMessage(3, LogLevel.Information, "vrouter {Node} refused: {Reason}")]
    public static partial void Refused(this ILogger log, string node, string reason);

    [LoggerMessage(4, LogLevel.Information, "vrouter {Node} stream ended: {Cause}")]
    public static partial void Ended(this ILogger log, string node, string cause);

    [LoggerMessage(5, LogLevel.Warning, "watching {Kind}: {Cause}; trying again")]
    public static partial void FeedFailed(this ILogger log, string kind, string cause);

    [LoggerMessage(6, LogLevel.Error, "watching {Kind} ended")]
    public static partial void FeedEnded(this ILogger log, string kind, Exception cause);

    [LoggerMessage(7, LogLevel.Debug, "watching {Kind} stopped: {Cause}")]
    public static partial void FeedStopped(this ILogger log, string kind, string cause);

    [LoggerMessage(8, LogLevel.Warning, "{Method} was cut off; the outcome is unknown to the caller: {Cause}")]
    public static partial void CallCutOff(this ILogger log, string method, string cause);
}
