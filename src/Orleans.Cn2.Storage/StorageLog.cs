using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Storage;

internal static partial class StorageLog
{
    [LoggerMessage(1, LogLevel.Information, "Embedded store {Path} is open, schema {Schema}")]
    public static partial void Opened(ILogger logger, string path, int schema);

    [LoggerMessage(2, LogLevel.Information, "Embedded store {Path} is closed")]
    public static partial void Closed(ILogger logger, string path);

    [LoggerMessage(3, LogLevel.Error, "Embedded store {Path} can't write; every write tries again")]
    public static partial void WritesFail(ILogger logger, string path, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "Embedded store {Path} writes again")]
    public static partial void WritesRecovered(ILogger logger, string path);

    [LoggerMessage(5, LogLevel.Error, "{Count} requests to the embedded store {Path} failed unexpectedly")]
    public static partial void HandlerFailed(ILogger logger, int count, string path, Exception exception);

    [LoggerMessage(6, LogLevel.Critical, "A thread of the embedded store {Path} ended; the store is closed")]
    public static partial void ThreadEnded(ILogger logger, string path, Exception exception);
}
