using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Storage;

internal static partial class StorageLog
{
    [LoggerMessage(1, LogLevel.Information, "Store {Store} is open, schema {Schema}")]
    public static partial void Opened(ILogger logger, string store, int schema);

    [LoggerMessage(2, LogLevel.Information, "Store {Store} is closed")]
    public static partial void Closed(ILogger logger, string store);

    [LoggerMessage(3, LogLevel.Error, "Store {Store} can't write; every write tries again")]
    public static partial void WritesFail(ILogger logger, string store, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "Store {Store} writes again")]
    public static partial void WritesRecovered(ILogger logger, string store);

    [LoggerMessage(5, LogLevel.Error, "{Count} requests to store {Store} failed unexpectedly")]
    public static partial void HandlerFailed(ILogger logger, int count, string store, Exception exception);

    [LoggerMessage(6, LogLevel.Critical, "A thread of store {Store} ended; the store is closed")]
    public static partial void ThreadEnded(ILogger logger, string store, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "Store {Store} runs with fsync off: what it acknowledges is lost when its machine fails")]
    public static partial void NotDurable(ILogger logger, string store);
}
