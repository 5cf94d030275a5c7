using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Storage.Batching;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>The open file: one writer thread, some readers, a lock against other processes.</summary>
internal sealed class EmbeddedDatabase : IAsyncDisposable, IDisposable
{
    private readonly EmbeddedStorageOptions _options;
    private readonly ILogger<EmbeddedDatabase> _logger;
    private readonly SemaphoreSlim _transition = new(1, 1);
    private volatile OpenFile? _file;

    public EmbeddedDatabase(IOptions<EmbeddedStorageOptions> options, ILogger<EmbeddedDatabase> logger)
    {
        _options = options.Value;
        _logger = logger;
        Path = System.IO.Path.GetFullPath(_options.Path);
    }

    /// <summary>Full path of the database file.</summary>
    public string Path { get; }

    /// <summary>Opens the file, making or upgrading it as needed; does nothing when it is open.</summary>
    /// <exception cref="StorageUnavailableException">The file can't be opened; the message says why.</exception>
    public async Task OpenAsync()
    {
        await _transition.WaitAsync();
        try
        {
            _file ??= await Task.Run(OpenFile);
        }
        finally
        {
            _transition.Release();
        }
    }

    /// <summary>Makes queued writes durable, then closes the file. It may be opened again.</summary>
    public async Task CloseAsync()
    {
        await _transition.WaitAsync();
        try
        {
            if (_file is OpenFile file)
            {
                // The writer closes last: the last connection folds the log into the database, and readers can't write.
                await file.Readers.StopAsync();
                await file.Writer.StopAsync();
                await file.Lock.DisposeAsync();
                _file = null;
                StorageLog.Closed(_logger, Path);
            }
        }
        finally
        {
            _transition.Release();
        }
    }

    /// <summary>Runs a write in the next batch; the task ends after its commit is durable.</summary>
    /// <param name="write">Runs on the writer thread, perhaps twice (alone after its batch failed): it must only touch the database.</param>
    /// <exception cref="StorageUnavailableException">Nothing was written.</exception>
    public async Task<T> WriteAsync<T>(Func<WriteContext, T> write)
    {
        WriteRequest<T> request = new(write);
        await Current().Writer.EnqueueAsync(request);
        return await request.Completion;
    }

    /// <summary>Runs a query on the last committed state.</summary>
    /// <exception cref="StorageUnavailableException">The file can't be read.</exception>
    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> query)
    {
        ReadRequest<T> request = new(query);
        await Current().Readers.EnqueueAsync(request);
        return await request.Completion;
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();

    private OpenFile Current() =>
        _file ?? throw new StorageUnavailableException(StorageFault.Closed, Path, "the store is not open");

    private OpenFile OpenFile()
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path) ?? "/");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageUnavailableException(StorageFault.Inaccessible, Path, exception.Message, exception);
        }

        FileStream fileLock = FileLock.Take(Path);
        try
        {
            SqliteWriter writer = new(OpenWriter(), Path, _options, _logger);
            StorageLog.Opened(_logger, Path, SqliteSchema.Current);
            return new OpenFile(
                fileLock,
                new("cn2-store-writer", Path, _options.QueueCapacity, _options.MaxBatch, [writer], _logger),
                new("cn2-store-reader", Path, _options.QueueCapacity, 1, Readers(), _logger));
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }
    }

    private IRequestHandler<ReadRequest>[] Readers() =>
        [.. Enumerable.Range(0, _options.Readers).Select(_ => new SessionReader(Path, _options))];

    private WriteContext OpenWriter()
    {
        SqliteSession? session = null;
        try
        {
            session = SqliteSession.Open(Path, SqliteOpenMode.ReadWriteCreate, _options);
            SqliteSchema.Upgrade(session, Path);
            return new WriteContext(session);
        }
        catch (SqliteException exception)
        {
            session?.Dispose();
            throw SqliteFaults.Wrap(exception, Path);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }
}
