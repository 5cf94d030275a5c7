namespace Orleans.Cn2.Gateway.Cluster;

internal static partial class ClusterLog
{
    [LoggerMessage(1, LogLevel.Warning, "no silo to serve from yet, looking on: {Cause}")]
    public static partial void NoSilo(this ILogger log, string cause);

    [LoggerMessage(2, LogLevel.Information, "connected to {Count} silos")]
    public static partial void Connected(this ILogger log, int count);

    [LoggerMessage(3, LogLevel.Warning, "no silo is connected: calls end as UNAVAILABLE until one is")]
    public static partial void Lost(this ILogger log);
}
