using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

/// <summary>A worker that holds tables in memory and acknowledges what it applied, through the same grain calls as the stream's handler.</summary>
internal sealed class FakeWorker(IVRouterGrain vrouter)
{
    private readonly Dictionary<int, ShardHolding> _held = [];
    private readonly Dictionary<int, ShardHolding> _sent = [];
    private readonly Dictionary<int, Dictionary<Guid, ServiceTable>> _tables = [];
    private readonly Dictionary<int, ServiceTable[]> _rejected = [];
    private readonly List<ShardUpdate> _waiting = [];
    private ulong _config;

    public ulong Session { get; private set; }

    /// <summary>All tables held, by Service.</summary>
    public Dictionary<Guid, ServiceTable> Tables => _tables.Values.SelectMany(shard => shard).ToDictionary();

    /// <summary>What it says when it is asked for flows.</summary>
    public ImmutableArray<FlowAnswer> Flows { get; set; } = [];

    /// <summary>While true it applies nothing that comes.</summary>
    public bool Holds { get; set; }

    /// <summary>Tables that it has no room for: what it holds of their Services stays.</summary>
    public Func<ServiceTable, bool> Rejects { get; set; } = _ => false;

    /// <summary>With a rejected table it acknowledges the version before; else, as a worker of an earlier release, the one that it was brought to.</summary>
    public bool HoldsBack { get; set; }

    /// <summary>Shard whose rows it gets wrong without noticing.</summary>
    public int? Damages { get; set; }

    /// <summary>Shard whose updates wait to be applied.</summary>
    public int? Leaves { get; set; }

    /// <summary>Shards that came as snapshots.</summary>
    public int Snapshots { get; private set; }

    public async Task<AttachOutcome> AttachAsync(ulong boot)
    {
        AttachOutcome outcome = await vrouter.Attach(new WorkerHello(boot, 1, 1, [], "test", "managed", "fast", [], [.. _held.Values]));
        Session = outcome.Session;
        _sent.Clear();
        _waiting.Clear();
        foreach (ShardHolding holding in _held.Values)
        {
            _sent[holding.Shard] = holding;
        }

        return outcome;
    }

    /// <summary>One pull, applied and acknowledged.</summary>
    public async Task<SouthboundBatch> PullAsync()
    {
        SouthboundBatch batch = await vrouter.Pull(Session, new SentState(_config, [.. _sent.Values]));
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
            Assert.True(update.Snapshot || update.From == _sent[update.Shard].Version, "an update continues what was sent");
            _sent[update.Shard] = new ShardHolding(update.Shard, update.To, update.View, update.Digest);
        }

        _waiting.AddRange(batch.Updates);
        ShardUpdate[] taken = [.. _waiting.Where(update => update.Shard != Leaves)];
        _waiting.RemoveAll(taken.Contains);
        foreach (ShardUpdate update in taken)
        {
            foreach (ServiceTable rejected in Apply(update))
            {
                ShardVersion version = HoldsBack ? _held.GetValueOrDefault(update.Shard).Version : update.To;
                await vrouter.Nack(Session, new WorkerNack(rejected.Uid, rejected.Name, update.Shard, version, "no room"));
            }
        }

        ShardHolding[] acknowledged = [.. taken.Where(update => _held.ContainsKey(update.Shard)).Select(update => _held[update.Shard])];
        if (acknowledged.Length > 0)
        {
            await AcknowledgeAsync(acknowledged);
        }

        return batch;
    }

    /// <summary>Finds room for what it rejected of a shard, and acknowledges what it was brought to.</summary>
    public Task AcceptAsync(int shard)
    {
        Rejects = _ => false;
        foreach (ServiceTable table in _rejected[shard])
        {
            _tables[shard][table.Uid] = table;
        }

        _held[shard] = _sent[shard] with { Digest = TableDigest.Of(_tables[shard].Values) };
        return AcknowledgeAsync(_held[shard]);
    }

    /// <summary>Says that it lives.</summary>
    public Task ReportAsync() => vrouter.Report(Session, new WorkerStats([], [], 0, 0, 0, 0, 0, 0, 0, [], "fast", [], []));

    /// <summary>Says that the rows of a shard are not what they should be.</summary>
    public Task DistrustAsync(int shard)
    {
        _tables.Remove(shard);
        return AcknowledgeAsync(new ShardHolding(shard, ShardVersion.None, 0, default));
    }

    private Task AcknowledgeAsync(params ShardHolding[] shards) => vrouter.Ack(Session, new WorkerAck([.. shards], TimeSpan.Zero, DateTimeOffset.UtcNow));

    /// <summary>Applies an update, and answers the tables that it rejects.</summary>
    private ServiceTable[] Apply(ShardUpdate update)
    {
        Dictionary<Guid, ServiceTable> former = _tables.GetValueOrDefault(update.Shard) ?? [];
        Dictionary<Guid, ServiceTable> shard = _tables[update.Shard] = update.Snapshot ? [] : former;
        Snapshots += update.Snapshot ? 1 : 0;
        ServiceTable[] rejected = [.. update.Upserts.Where(Rejects)];
        foreach (ServiceTable table in update.Upserts.Except(rejected))
        {
            shard[table.Uid] = table;
        }

        foreach (ServiceTable table in rejected.Where(table => former.ContainsKey(table.Uid)))
        {
            shard[table.Uid] = former[table.Uid];
        }

        foreach (Guid uid in update.Deletes)
        {
            shard.Remove(uid);
        }

        if (rejected.Length == 0)
        {
            Assert.Equal(update.Digest, TableDigest.Of(shard.Values));
        }

        Assert.NotEqual(ShardVersion.None, update.To);
        TableDigest held = Damages == update.Shard ? default : TableDigest.Of(shard.Values);
        if (rejected.Length == 0 || !HoldsBack)
        {
            _held[update.Shard] = new ShardHolding(update.Shard, update.To, update.View, held);
        }
        else if (_held.TryGetValue(update.Shard, out ShardHolding behind))
        {
            _held[update.Shard] = behind with { Digest = held };
        }

        return _rejected[update.Shard] = rejected;
    }
}
