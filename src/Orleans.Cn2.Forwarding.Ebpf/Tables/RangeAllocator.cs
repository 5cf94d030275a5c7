namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>A run of slots.</summary>
internal readonly record struct SlotRange(uint Start, uint Length)
{
    internal uint End => Start + Length;
}

/// <summary>Gives out runs of slots: the smallest free run that fits, joined again with its neighbours when it returns.</summary>
internal sealed class RangeAllocator
{
    private static readonly Comparer<SlotRange> BySize = Comparer<SlotRange>.Create((left, right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.Start.CompareTo(right.Start));

    private readonly SortedSet<SlotRange> _bySize = new(BySize);
    private readonly Dictionary<uint, SlotRange> _byStart = [];
    private readonly Dictionary<uint, SlotRange> _byEnd = [];

    internal RangeAllocator(uint capacity)
    {
        Capacity = capacity;
        Add(new SlotRange(0, capacity));
    }

    /// <summary>Slots in all.</summary>
    internal uint Capacity { get; }

    /// <summary>Slots given out.</summary>
    internal uint Used { get; private set; }

    internal bool TryTake(uint length, out SlotRange range)
    {
        range = default;
        if (length == 0 || length > Capacity)
        {
            return false;
        }

        SortedSet<SlotRange>.Enumerator fitting =
            _bySize.GetViewBetween(new SlotRange(0, length), new SlotRange(uint.MaxValue, uint.MaxValue)).GetEnumerator();
        if (!fitting.MoveNext())
        {
            return false;
        }

        Cut(fitting.Current, range = new SlotRange(fitting.Current.Start, length));
        return true;
    }

    /// <summary>Takes a given run that is in use already. False when part of it is not free. In the order of their starts, thousands take no search.</summary>
    internal bool TryReserve(SlotRange range)
    {
        if (_byEnd.TryGetValue(Capacity, out SlotRange last) && last.Start <= range.Start && range.End <= Capacity)
        {
            Cut(last, range);
            return true;
        }

        foreach (SlotRange free in _bySize.Reverse())
        {
            if (free.Start <= range.Start && range.End <= free.End)
            {
                Cut(free, range);
                return true;
            }
        }

        return false;
    }

    internal void Return(SlotRange range)
    {
        Used -= range.Length;
        if (_byEnd.TryGetValue(range.Start, out SlotRange before))
        {
            Remove(before);
            range = new SlotRange(before.Start, before.Length + range.Length);
        }

        if (_byStart.TryGetValue(range.End, out SlotRange after))
        {
            Remove(after);
            range = range with { Length = range.Length + after.Length };
        }

        Add(range);
    }

    private void Cut(SlotRange free, SlotRange taken)
    {
        Remove(free);
        Add(new SlotRange(free.Start, taken.Start - free.Start));
        Add(new SlotRange(taken.End, free.End - taken.End));
        Used += taken.Length;
    }

    private void Add(SlotRange range)
    {
        if (range.Length > 0)
        {
            _bySize.Add(range);
            _byStart[range.Start] = range;
            _byEnd[range.End] = range;
        }
    }

    private void Remove(SlotRange range)
    {
        _bySize.Remove(range);
        _byStart.Remove(range.Start);
        _byEnd.Remove(range.End);
    }
}
