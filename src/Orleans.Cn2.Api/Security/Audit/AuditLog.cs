using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Api.Security.Audit;

/// <summary>The record of who changed what. Thread-safe.</summary>
internal sealed partial class AuditLog : IDisposable
{
    /// <summary>Category of the lines in the log.</summary>
    public const string Category = "Orleans.Cn2.Audit";

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly bool _console;
    private readonly Lock _gate = new();
    private readonly FileStream? _file;

    /// <exception cref="IOException">The file can't be opened.</exception>
    public AuditLog(AuditSinks sinks, ILoggerFactory logs, TimeProvider time)
    {
        (_console, _time, _log) = (sinks.Console, time, logs.CreateLogger(Category));
        if (sinks.File is not null)
        {
            FileStreamOptions options = new() { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = Mode;
            }

            _file = new FileStream(sinks.File, options);
        }
    }

    /// <summary>Notes one change or attempt. A file that can't be written is told in the log; the change stands.</summary>
    public void Note(AuditEntry entry)
    {
        if (_console)
        {
            Changed(_log, entry.Identity, entry.Peer, entry.Method, entry.Object, entry.Outcome, entry.ResourceVersion);
        }

        if (_file is null)
        {
            return;
        }

        byte[] line =
        [
            .. JsonSerializer.SerializeToUtf8Bytes(new
            {
                time = _time.GetUtcNow().UtcDateTime,
                identity = entry.Identity,
                peer = entry.Peer,
                method = entry.Method,
                @object = entry.Object,
                outcome = entry.Outcome.ToString(),
                resourceVersion = entry.ResourceVersion,
            }),
            (byte)'\n',
        ];
        try
        {
            lock (_gate)
            {
                _file.Write(line);
            }
        }
        catch (IOException unwritable)
        {
            NotWritten(_log, _file.Name, unwritable.Message);
        }
    }

    public void Dispose() => _file?.Dispose();

    [LoggerMessage(1, LogLevel.Information, "{Identity} from {Peer} {Method} {Object}: {Outcome}, resource version {ResourceVersion}")]
    private static partial void Changed(
        ILogger log, string identity, string peer, string method, string @object, Grpc.Core.StatusCode outcome, string resourceVersion);

    [LoggerMessage(2, LogLevel.Error, "audit file {File} can't be written: {Cause}")]
    private static partial void NotWritten(ILogger log, string file, string cause);
}
