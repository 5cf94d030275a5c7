using System.Collections.Immutable;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Api.Streams;

/// <summary>
/// What a worker holds once it applied all that was sent, by shard. It goes with each pull, of which each change makes one a worker: so it is kept as it is
/// handed on. Sender and reader of a stream share it.
/// </summary>
internal sealed class SentShards
{
    private readonly Lock _gate = new();
    private ImmutableArray<ShardHolding> _all;

    /// <summary>Begins with what the worker says it holds: by shards that there are, as it may say anything, the last word of each.</summary>
    public SentShards(IEnumerable<ShardHolding> said) => _all =
        [.. said.Where(holding => holding.Shard is >= 0 and < ShardMap.Shards).GroupBy(holding => holding.Shard, (_, words) => words.Last())];

    /// <summary>All of it, at most one a shard.</summary>
    public ImmutableArray<ShardHolding> All
    {
        get
        {
            lock (_gate)
            {
                return _all;
            }
        }
    }

    /// <summary>Version of the node's own view that was sent with a shard; 0 where nothing was.</summary>
    public ulong ViewOf(int shard) => All is var all && IndexOf(all, shard) is >= 0 and int index ? all[index].View : 0;

    /// <summary>A shard was sent.</summary>
    public void Note(ShardHolding holding)
    {
        lock (_gate)
        {
            int index = IndexOf(_all, holding.Shard);
            _all = index < 0 ? _all.Add(holding) : _all.SetItem(index, holding);
        }
    }

    /// <summary>The worker does not hold what was sent of a shard.</summary>
    public void Forget(int shard)
    {
        lock (_gate)
        {
            int index = IndexOf(_all, shard);
            _all = index < 0 ? _all : _all.RemoveAt(index);
        }
    }

    private static int IndexOf(ImmutableArray<ShardHolding> all, int shard)
    {
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i].Shard == shard)
            {
                return i;
            }
        }

        return -1;
    }
}
