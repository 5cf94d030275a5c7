using System.Runtime.InteropServices;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>One worker's stream as its vRouter grain sees it.</summary>
internal sealed class VRouterSession(ulong id, WorkerHello hello, TimeProvider time)
{
    private readonly ShardDelivery[] _shards = [.. Enumerable.Range(0, ShardMap.Shards).Select(_ => new ShardDelivery(time))];
    private readonly NackBook _nacks = new();
    private long _heard = time.GetTimestamp();

    public ulong Id => id;

    public WorkerHello Hello => hello;

    public DateTimeOffset LastHeard { get; private set; } = time.GetUtcNow();

    /// <summary>For how long the worker said nothing, by a clock that is never set.</summary>
    public TimeSpan Silence => time.GetElapsedTime(_heard);

    public WorkerStats? Stats { get; private set; }

    public IReadOnlyCollection<WorkerNack> Nacks => _nacks.All;

    /// <summary>The worker said something.</summary>
    public void Heard() => (LastHeard, _heard) = (time.GetUtcNow(), time.GetTimestamp());

    public void Report(WorkerStats stats) => Stats = stats;

    /// <summary>Takes what the worker says it holds of a shard.</summary>
    public (Acknowledgement Worth, IReadOnlyList<DateTimeOffset> Committed) Take(ShardHolding holding)
    {
        (Acknowledgement Worth, IReadOnlyList<DateTimeOffset> Committed) taken = _shards[holding.Shard].Take(holding);
        if (taken.Worth == Acknowledgement.Proven)
        {
            _nacks.Solve(holding.Shard);
        }

        return taken;
    }

    /// <summary>Goes on from an earlier stream of the node.</summary>
    public void Resume(VRouterSession former)
    {
        for (int shard = 0; shard < ShardMap.Shards; shard++)
        {
            _shards[shard].Resume(former._shards[shard]);
        }
    }

    /// <summary>Notes a Service that the worker could not program.</summary>
    /// <param name="nack">What it says.</param>
    /// <param name="shard">The shard as the worker may know it; of a Service that is not in it there is nothing to tell.</param>
    /// <returns>What is to be told; null for nothing.</returns>
    public WorkerNack? Refuse(WorkerNack nack, ShardTable shard)
    {
        _shards[nack.Shard].Refuse(nack.Version);
        return shard.Services.ContainsKey(nack.ServiceUid) ? _nacks.Note(nack) : null;
    }

    public ShardHolding? Held(int shard) => _shards[shard].Held;

    /// <summary>True when the worker said that it holds what is compiled.</summary>
    public bool Holds(int shard, NodeShard compiled) =>
        Held(shard) is { } held && held.Version == compiled.Shard.Version && held.Digest == compiled.Digest;

    /// <summary>
    /// What brings the worker from what was sent to what is compiled. Where that is nothing, what the worker said it holds is compared instead.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="compiled">What the worker is to hold.</param>
    /// <param name="view">Version of the node's own view.</param>
    /// <param name="sent">What it holds once it applied what was sent.</param>
    /// <param name="now">The time now, for what is not a change of some time before.</param>
    /// <param name="tally">Counts snapshots by cause.</param>
    public ShardUpdate? Plan(int shard, NodeShard compiled, ulong view, ShardHolding? sent, DateTimeOffset now, SnapshotTally tally)
    {
        ShardDelivery delivery = _shards[shard];
        bool distrusted = delivery.Distrusted;
        if (UpdatePlanner.Plan(shard, compiled, view, distrusted ? null : sent, now) is not { } update)
        {
            Compare(shard, compiled, view);
            return null;
        }

        if (update.Snapshot)
        {
            tally.Count(distrusted, sent);
        }

        delivery.Sent(update);
        return update;
    }

    /// <summary>Compares what the worker said it holds of a shard with what is compiled.</summary>
    public void Compare(int shard, NodeShard compiled, ulong view)
    {
        if (_shards[shard].Compare(compiled, view))
        {
            _nacks.Solve(shard);
            HasNews = true;
        }
    }

    /// <summary>True when <see cref="Progress"/> has more to tell than the last time, by comparison alone.</summary>
    public bool HasNews { get; private set; }

    /// <summary>What it holds, as the fences see it.</summary>
    public NodeProgress Progress(string node, bool live)
    {
        HasNews = false;
        ShardVersion[] proven = new ShardVersion[_shards.Length];
        for (int shard = 0; shard < proven.Length; shard++)
        {
            proven[shard] = _shards[shard].Proven;
        }

        return new(node, id, live, new ShardVector(ImmutableCollectionsMarshal.AsImmutableArray(proven)));
    }
}
