using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>One worker's stream as its vRouter grain sees it.</summary>
internal sealed class VRouterSession(ulong id, WorkerHello hello, DateTimeOffset now)
{
    private readonly ShardHolding?[] _held = new ShardHolding?[ShardMap.Shards];
    private readonly (ShardVersion To, DateTimeOffset CommittedAt)[] _sent = new (ShardVersion, DateTimeOffset)[ShardMap.Shards];
    private readonly Dictionary<Guid, WorkerNack> _nacks = [];

    public ulong Id => id;

    public WorkerHello Hello => hello;

    public DateTimeOffset LastHeard { get; private set; } = now;

    public WorkerStats? Stats { get; private set; }

    public IReadOnlyCollection<WorkerNack> Nacks => _nacks.Values;

    /// <summary>The worker said something.</summary>
    public void Heard(DateTimeOffset at) => LastHeard = at;

    public void Report(WorkerStats stats) => Stats = stats;

    /// <summary>Takes over what the worker introduced itself with.</summary>
    public void Hold(IEnumerable<ShardHolding> holdings)
    {
        foreach (ShardHolding holding in holdings.Where(holding => holding.Shard is >= 0 and < ShardMap.Shards))
        {
            _held[holding.Shard] = holding.Version == ShardVersion.None ? null : holding;
            foreach (WorkerNack solved in _nacks.Values.Where(nack => nack.Shard == holding.Shard && nack.Version < holding.Version).ToArray())
            {
                _nacks.Remove(solved.ServiceUid);
            }
        }
    }

    public void Refuse(WorkerNack nack) => _nacks[nack.ServiceUid] = nack;

    public ShardHolding? Held(int shard) => _held[shard];

    /// <summary>Notes when the changes of an update were persisted, for the time until they are programmed.</summary>
    public void Sent(ShardUpdate update) => _sent[update.Shard] = (update.To, update.CommittedAt);

    /// <summary>When the oldest change that this acknowledgement covers was persisted; null for a version that was not sent last.</summary>
    public DateTimeOffset? CommittedAt(ShardHolding holding) =>
        _sent[holding.Shard].To == holding.Version ? _sent[holding.Shard].CommittedAt : null;

    /// <summary>What it holds, as the fences see it. A shard with a rejected service counts with the version it was acknowledged for.</summary>
    public NodeProgress Progress(string node, bool live) =>
        new(node, id, live, new ShardVector([.. _held.Select(holding => holding?.Version ?? ShardVersion.None)]));
}
