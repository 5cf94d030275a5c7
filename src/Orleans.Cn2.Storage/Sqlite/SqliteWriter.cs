using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Storage.Batching;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>The one writer of a file.</summary>
/// <param name="first">The connection that made or upgraded the file.</param>
/// <param name="path">The database file.</param>
/// <param name="options">Settings of later connections.</param>
/// <param name="logger">Told of the first failure and of the recovery.</param>
internal sealed class SqliteWriter(WriteContext first, string path, EmbeddedStorageOptions options, ILogger logger)
    : GroupCommit<WriteRequest>(path, logger)
{
    private WriteContext? _context = first;

    protected override void Commit(IReadOnlyList<WriteRequest> batch)
    {
        if (!File.Exists(Location))
        {
            // SQLite would go on writing to the moved or deleted file, and the next start would not find those writes.
            throw new StorageUnavailableException(StorageFault.Inaccessible, Location, "the file was moved or deleted under the running silo");
        }

        WriteContext context = _context ??= Reopen();
        context.Begin();
        foreach (WriteRequest request in batch)
        {
            request.Apply(context);
        }

        context.Commit();
    }

    protected override void Drop()
    {
        _context?.Dispose();
        _context = null;
    }

    protected override StorageUnavailableException? Explain(Exception exception) =>
        exception is SqliteException sqlite ? SqliteFaults.Wrap(sqlite, Location) : null;

    private WriteContext Reopen()
    {
        SqliteSession session = SqliteSession.Open(Location, SqliteOpenMode.ReadWrite, options);
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
}
