using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>
/// The one writer: a batch is one transaction and one sync of the disk. After any failure the connection is dropped, which
/// rolls back, and the next batch opens a new one: so the store is back as soon as the cause is gone.
/// </summary>
internal sealed class GroupCommit : IRequestHandler<WriteRequest>
{
    private readonly string _path;
    private readonly EmbeddedStorageOptions _options;
    private readonly ILogger _logger;
    private WriteContext? _context;
    private bool _failing;

    /// <param name="context">The connection that made or upgraded the file.</param>
    /// <param name="path">The database file.</param>
    /// <param name="options">Settings of later connections.</param>
    /// <param name="logger">Told of the first failure and of the recovery.</param>
    public GroupCommit(WriteContext context, string path, EmbeddedStorageOptions options, ILogger logger)
    {
        _context = context;
        _path = path;
        _options = options;
        _logger = logger;
    }

    public void Handle(IReadOnlyList<WriteRequest> batch)
    {
        Exception? failure = Commit(batch);
        if (failure is null)
        {
            Answer(batch);
        }
        else if (batch.Count > 1 && ConcernsSingleRequest(failure))
        {
            // One write too large must not take the others of its batch with it.
            foreach (WriteRequest request in batch)
            {
                WriteRequest[] alone = [request];
                if (Commit(alone) is Exception own)
                {
                    request.Fail(own);
                }
                else
                {
                    Answer(alone);
                }
            }
        }
        else
        {
            foreach (WriteRequest request in batch)
            {
                request.Fail(failure);
            }
        }
    }

    public void Dispose() => _context?.Dispose();

    private static bool ConcernsSingleRequest(Exception failure) =>
        failure is not StorageUnavailableException unavailable || unavailable.Fault is StorageFault.Full or StorageFault.Other;

    private void Answer(IReadOnlyList<WriteRequest> batch)
    {
        StorageMeter.Committed(batch.Count);
        if (_failing)
        {
            _failing = false;
            StorageLog.WritesRecovered(_logger, _path);
        }

        foreach (WriteRequest request in batch)
        {
            request.Succeed();
        }
    }

    private Exception? Commit(IReadOnlyList<WriteRequest> batch)
    {
        try
        {
            if (!File.Exists(_path))
            {
                // SQLite would go on writing to the moved or deleted file, and the next start would not find those writes.
                throw new StorageUnavailableException(StorageFault.Inaccessible, _path, "the file was moved or deleted under the running silo");
            }

            WriteContext context = _context ??= Reopen();
            context.Begin();
            foreach (WriteRequest request in batch)
            {
                request.Apply(context);
            }

            context.Commit();
            return null;
        }
        catch (SqliteException exception)
        {
            StorageUnavailableException failure = SqliteFaults.Wrap(exception, _path);
            Drop(failure);
            StorageMeter.Failed(failure.Fault);
            return failure;
        }
        catch (Exception exception)
        {
            Drop(exception);
            StorageMeter.Failed((exception as StorageUnavailableException)?.Fault ?? StorageFault.Other);
            return exception;
        }
    }

    private WriteContext Reopen()
    {
        SqliteSession session = SqliteSession.Open(_path, SqliteOpenMode.ReadWrite, _options);
        try
        {
            // A full disk may have room again once the log is folded into the database; when it has not, the write will tell.
            session.Execute("PRAGMA wal_checkpoint(PASSIVE)");
            return new WriteContext(session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Drop(Exception cause)
    {
        _context?.Dispose();
        _context = null;
        if (!_failing)
        {
            _failing = true;
            StorageLog.WritesFail(_logger, _path, cause);
        }
    }
}
