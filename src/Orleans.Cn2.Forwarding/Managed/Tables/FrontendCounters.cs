using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>Forward counters by frontend index.</summary>
internal sealed class FrontendCounters
{
    private readonly Stack<int> _free = new();
    private Counter[] _counts = new Counter[64];
    private int _limit;

    public int Take(ulong frontendId)
    {
        if (!_free.TryPop(out int index))
        {
            index = _limit++;
            if (index == _counts.Length)
            {
                Array.Resize(ref _counts, 2 * index);
            }
        }

        _counts[index] = new Counter { Used = true, FrontendId = frontendId };
        return index;
    }

    /// <summary>Gives an index up: all paths of its frontend are retired, so no flow counts on it any more.</summary>
    public void Release(int index)
    {
        _counts[index].Used = false;
        _free.Push(index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(int index, int packets, int bytes)
    {
        ref Counter count = ref _counts[index];
        count.Packets += (uint)packets;
        count.Bytes += (uint)bytes;
    }

    public void CountFlow(int index) => _counts[index].NewFlows++;

    public ImmutableArray<FrontendCount> Read() =>
        [.. _counts.Where(count => count.Used).Select(count => new FrontendCount(count.FrontendId, count.Packets, count.Bytes, count.NewFlows))];

    private struct Counter
    {
        public bool Used;
        public ulong FrontendId;
        public ulong Packets;
        public ulong Bytes;
        public ulong NewFlows;
    }
}
