using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

/// <summary>A worker that holds tables in memory and acknowledges what it applied, through the same grain calls as the stream's handler.</summary>
internal sealed class FakeWorker(IVRouterGrain vrouter)
{
    private readonly Dictionary<int, ShardHolding> _held = [];
    private readonly Dictionary<int, Dictionary<Guid, ServiceTable>> _tables = [];
    private ulong _config;

    public ulong Session { get; private set; }

    /// <summary>All tables held, by Service.</summary>
    public Dictionary<Guid, ServiceTable> Tables => _tables.Values.SelectMany(shard => shard).ToDictionary();

    /// <summary>What it says when it is asked for flows.</summary>
    public ImmutableArray<FlowAnswer> Flows { get; set; } = [];

    /// <summary>While true it applies nothing that comes.</summary>
    public bool Holds { get; set; }

    /// <summary>Shards that came as snapshots.</summary>
    public int Snapshots { get; private set; }

    public async Task<AttachOutcome> AttachAsync(ulong boot)
    {
        AttachOutcome outcome = await vrouter.Attach(new WorkerHello(boot, 1, 1, [], "test", "managed", "fast", [], [.. _held.Values]));
        Session = outcome.Session;
        return outcome;
    }

    /// <summary>One pull, applied and acknowledged.</summary>
    public async Task<SouthboundBatch> PullAsync()
    {
        SouthboundBatch batch = await vrouter.Pull(Session, new SentState(_config, [.. _held.Values]));
        _config = batch.Config?.Revision ?? _config;
        foreach (WorkerQuery query in batch.Queries)
        {
            IEnumerable<FlowAnswer> flows = Flows.Where(flow => query.Flows is { } asked && (!asked.Vmi.IsSet || asked.Vmi == flow.Vmi));
            await vrouter.Answer(Session, new WorkerAnswer(query.Id, null, [.. flows], null));
        }

        if (Holds)
        {
            return batch;
        }

        foreach (ShardUpdate update in batch.Updates)
        {
            Apply(update);
        }

        if (!batch.Updates.IsEmpty)
        {
            await vrouter.Ack(Session, new WorkerAck([.. batch.Updates.Select(update => _held[update.Shard])], TimeSpan.Zero, DateTimeOffset.UtcNow));
        }

        return batch;
    }

    /// <summary>Says that it lives.</summary>
    public Task ReportAsync() => vrouter.Report(Session, new WorkerStats([], [], 0, 0, 0, 0, 0, 0, 0, [], "fast", [], []));

    /// <summary>Says that the rows of a shard are not what they should be.</summary>
    public Task DistrustAsync(int shard)
    {
        _tables.Remove(shard);
        return vrouter.Ack(Session, new WorkerAck([new ShardHolding(shard, ShardVersion.None, 0, default)], TimeSpan.Zero, DateTimeOffset.UtcNow));
    }

    private void Apply(ShardUpdate update)
    {
        if (!_tables.TryGetValue(update.Shard, out Dictionary<Guid, ServiceTable>? shard) || update.Snapshot)
        {
            _tables[update.Shard] = shard = [];
        }

        Snapshots += update.Snapshot ? 1 : 0;
        Assert.True(update.Snapshot || update.From == _held[update.Shard].Version, "an update continues what is held");
        foreach (ServiceTable table in update.Upserts)
        {
            shard[table.Uid] = table;
        }

        foreach (Guid uid in update.Deletes)
        {
            shard.Remove(uid);
        }

        Assert.Equal(update.Digest, TableDigest.Of(shard.Values));
        _held[update.Shard] = new ShardHolding(update.Shard, update.To, update.View, update.Digest);
        Assert.NotEqual(ShardVersion.None, update.To);
    }
}
