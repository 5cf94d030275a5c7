using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Cn2.Schema;
using Orleans.Cn2.Storage.Batching;
using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>Grain states on PostgreSQL: this silo's writers and readers.</summary>
internal sealed class PostgresStateStore(PostgresServer server, IOptions<PostgresStorageOptions> options, ILogger<PostgresStateStore> logger)
    : IStateStore, IAsyncDisposable
{
    private volatile Threads? _threads;

    public string Location => server.Location;

    /// <summary>Makes or upgrades the tables and begins to serve; does nothing when it serves.</summary>
    /// <exception cref="StorageUnavailableException">The database can't be used; the message says why.</exception>
    public async Task OpenAsync()
    {
        if (_threads is not null)
        {
            return;
        }

        try
        {
            await PostgresSchema.UpgradeAsync(server.Pool);
            await using NpgsqlCommand fsync = server.Pool.CreateCommand("SHOW fsync");
            if (await fsync.ExecuteScalarAsync() is "off")
            {
                StorageLog.NotDurable(logger, Location);
            }
        }
        catch (Exception exception) when (PostgresFaults.Explain(exception, Location) is { } failure)
        {
            throw failure;
        }

        PostgresStorageOptions settings = options.Value;
        IRequestHandler<StateWrite>[] writers = [.. Enumerable.Range(0, settings.Writers).Select(_ => new PostgresWriter(server, logger))];
        IRequestHandler<StateQuery>[] readers = [.. Enumerable.Range(0, settings.Readers).Select(_ => new PostgresReader(server))];
        _threads = new Threads(
            new("cn2-store-writer", Location, settings.QueueCapacity, settings.MaxBatch, writers, logger),
            new("cn2-store-reader", Location, settings.QueueCapacity, settings.MaxBatch, readers, logger));
        StorageLog.Opened(logger, Location, PostgresSchema.Current);
    }

    /// <summary>Makes queued writes durable, then ends the connections.</summary>
    public async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _threads, null) is { } threads)
        {
            await threads.Readers.StopAsync();
            await threads.Writers.StopAsync();
            StorageLog.Closed(logger, Location);
        }
    }

    public async Task<StoredState?> ReadAsync(StateAddress address)
    {
        StateRead read = new(address);
        await Current().Readers.EnqueueAsync(read);
        return await read.Completion;
    }

    public Task<EtagCheck> WriteAsync(StateAddress address, long? expected, PayloadFormat format, byte[] payload) =>
        EnqueueAsync(new StateWrite(address, expected, format, payload));

    public Task<EtagCheck> DeleteAsync(StateAddress address, long? expected) =>
        EnqueueAsync(new StateWrite(address, expected, PayloadFormat.OrleansBinary, null));

    public async Task<ImmutableArray<GrainId>> ListAsync(string stateName, KeyRange range)
    {
        StateList list = new(stateName, range);
        await Current().Readers.EnqueueAsync(list);
        return await list.Completion;
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task<EtagCheck> EnqueueAsync(StateWrite write)
    {
        await Current().Writers.EnqueueAsync(write);
        return await write.Completion;
    }

    private Threads Current() => _threads ?? throw new StorageUnavailableException(StorageFault.Closed, Location, "the store is not open");

    private sealed record Threads(RequestThreads<StateWrite> Writers, RequestThreads<StateQuery> Readers);
}
