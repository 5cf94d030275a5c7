using Microsoft.Data.Sqlite;
using Orleans.Cn2.Storage.Batching;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>Answers queries on a read-only connection of its own, opened when first needed and again after a failure.</summary>
internal sealed class SessionReader(string path, EmbeddedStorageOptions options) : IRequestHandler<ReadRequest>
{
    private SqliteSession? _session;

    public void Handle(IReadOnlyList<ReadRequest> batch)
    {
        foreach (ReadRequest request in batch)
        {
            try
            {
                _session ??= SqliteSession.Open(path, SqliteOpenMode.ReadOnly, options);
                request.Answer(_session);
            }
            catch (SqliteException exception)
            {
                Dispose();
                StorageUnavailableException failure = SqliteFaults.Wrap(exception, path);
                StorageMeter.Failed(failure.Fault);
                request.Fail(failure);
            }
        }
    }

    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
    }
}
