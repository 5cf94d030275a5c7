using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>One worker's stream as its vRouter grain sees it.</summary>
internal sealed class VRouterSession(ulong id, WorkerHello hello, TimeProvider time)
{
    private readonly ShardHolding?[] _held = new ShardHolding?[ShardMap.Shards];
    private readonly List<(int Shard, ShardVersion To, DateTimeOffset CommittedAt)> _unacknowledged = [];
    private readonly HashSet<int> _distrusted = [];
    private readonly Dictionary<Guid, WorkerNack> _nacks = [];
    private long _heard = time.GetTimestamp();

    public ulong Id => id;

    public WorkerHello Hello => hello;

    public DateTimeOffset LastHeard { get; private set; } = time.GetUtcNow();

    /// <summary>For how long the worker said nothing, by a clock that is never set.</summary>
    public TimeSpan Silence => time.GetElapsedTime(_heard);

    public WorkerStats? Stats { get; private set; }

    public IReadOnlyCollection<WorkerNack> Nacks => _nacks.Values;

    /// <summary>The worker said something.</summary>
    public void Heard() => (LastHeard, _heard) = (time.GetUtcNow(), time.GetTimestamp());

    public void Report(WorkerStats stats) => Stats = stats;

    /// <summary>
    /// Takes over what the worker holds of a shard. Without a version it distrusts its rows, as after rows that did not add up to the announced digest:
    /// whatever was sent, the shard must come anew.
    /// </summary>
    /// <returns>False when it distrusts the shard.</returns>
    public bool Hold(ShardHolding holding)
    {
        if (holding.Version == ShardVersion.None)
        {
            _held[holding.Shard] = null;
            _distrusted.Add(holding.Shard);
            return false;
        }

        _held[holding.Shard] = holding;
        foreach (WorkerNack solved in _nacks.Values.Where(nack => nack.Shard == holding.Shard && nack.Version < holding.Version).ToArray())
        {
            _nacks.Remove(solved.ServiceUid);
        }

        return true;
    }

    public void Refuse(WorkerNack nack) => _nacks[nack.ServiceUid] = nack;

    public ShardHolding? Held(int shard) => _held[shard];

    /// <summary>True when the shard must be sent as a snapshot, whatever the stream sent before.</summary>
    public bool Distrusts(int shard) => _distrusted.Contains(shard);

    /// <summary>Notes what was sent. The time of a snapshot tells nothing of a change, so it is not taken.</summary>
    public void Sent(ShardUpdate update)
    {
        _distrusted.Remove(update.Shard);
        if (!update.Snapshot && (!update.Upserts.IsEmpty || !update.Deletes.IsEmpty))
        {
            _unacknowledged.Add((update.Shard, update.To, update.CommittedAt));
        }
    }

    /// <summary>When the changes that an acknowledgement covers, and no earlier one did, were persisted.</summary>
    public IEnumerable<DateTimeOffset> Acknowledged(ShardHolding holding)
    {
        DateTimeOffset[] covered = [.. _unacknowledged.Where(Covers).Select(sent => sent.CommittedAt)];
        _unacknowledged.RemoveAll(Covers);
        return covered;

        bool Covers((int Shard, ShardVersion To, DateTimeOffset CommittedAt) sent) => sent.Shard == holding.Shard && sent.To <= holding.Version;
    }

    /// <summary>What it holds, as the fences see it. A shard with a rejected service counts with the version it was acknowledged for.</summary>
    public NodeProgress Progress(string node, bool live) =>
        new(node, id, live, new ShardVector([.. _held.Select(holding => holding?.Version ?? ShardVersion.None)]));
}
