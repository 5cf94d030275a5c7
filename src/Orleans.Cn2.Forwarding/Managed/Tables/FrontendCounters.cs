using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>Forward counters by frontend index.</summary>
internal sealed class FrontendCounters
{
    private readonly Stack<int> _free = new();
    private FrontendCount[] _counts = new FrontendCount[64];
    private bool[] _used = new bool[64];
    private int _limit;

    public int Take(ulong frontendId)
    {
        if (!_free.TryPop(out int index))
        {
            index = _limit++;
            if (index == _counts.Length)
            {
                Array.Resize(ref _counts, 2 * index);
                Array.Resize(ref _used, 2 * index);
            }
        }

        _counts[index] = new FrontendCount(frontendId, 0, 0, 0);
        _used[index] = true;
        return index;
    }

    /// <summary>Gives an index up: all paths of its frontend are retired, so no flow counts on it any more.</summary>
    public void Release(int index)
    {
        _used[index] = false;
        _free.Push(index);
    }

    public void Count(int index, int packets, int bytes, bool isNew)
    {
        ref FrontendCount count = ref _counts[index];
        count = count with { Packets = count.Packets + (ulong)packets, Bytes = count.Bytes + (ulong)bytes, NewFlows = count.NewFlows + (isNew ? 1u : 0) };
    }

    public ImmutableArray<FrontendCount> Read() => [.. _counts.Where((_, index) => _used[index])];
}
