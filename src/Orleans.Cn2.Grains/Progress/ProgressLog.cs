using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Grains.Progress;

internal static partial class ProgressLog
{
    [LoggerMessage(1, LogLevel.Warning, "acknowledgements can't be reported, trying again: {Cause}")]
    public static partial void ReportFailed(this ILogger log, string cause);
}
