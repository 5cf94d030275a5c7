using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Ecmp;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// Blocks of slots. A block is written before anything leads to it and, unless there is no room for another, not changed afterwards; the memory of an old
/// one is given out again when no program run that may read it is left.
/// </summary>
internal sealed class SlotBook(TableMaps maps)
{
    private readonly RangeAllocator _ranges = new(maps.Slots);
    private readonly List<SlotRange> _retired = [];

    internal uint Used => _ranges.Used;

    internal uint Capacity => _ranges.Capacity;

    internal bool HasRetired => _retired.Count > 0;

    /// <summary>Slots of retired blocks.</summary>
    internal uint Retired { get; private set; }

    /// <summary>Writes the block of a group; false when there is no room.</summary>
    /// <param name="group">The group.</param>
    /// <param name="members">The path id of each of its paths, in their order.</param>
    /// <param name="block">Where it lies.</param>
    internal bool TryWrite(EcmpGroup group, ReadOnlySpan<uint> members, out SlotRange block)
    {
        if (!_ranges.TryTake((uint)group.Slots, out block))
        {
            return false;
        }

        Write(group, members, block);
        return true;
    }

    /// <summary>Writes the block of a group into a run of its length.</summary>
    internal void Write(EcmpGroup group, ReadOnlySpan<uint> members, SlotRange block)
    {
        int[] choice = ArrayPool<int>.Shared.Rent(group.Slots);
        Span<int> slots = choice.AsSpan(0, group.Slots);
        group.Fill(slots);
        for (int i = 0; i < slots.Length; i++)
        {
            Volatile.Write(ref maps.Slot(block.Start + (uint)i), members[slots[i]]);
        }

        ArrayPool<int>.Shared.Return(choice);
    }

    /// <summary>True when a block holds exactly what the group's paths make of it.</summary>
    internal bool Holds(EcmpGroup group, ReadOnlySpan<uint> members, SlotRange block)
    {
        if (block.Length != group.Slots || block.End > maps.Slots)
        {
            return false;
        }

        int[] choice = ArrayPool<int>.Shared.Rent(group.Slots);
        Span<int> slots = choice.AsSpan(0, group.Slots);
        group.Fill(slots);
        bool same = true;
        for (int i = 0; same && i < slots.Length; i++)
        {
            same = maps.Slot(block.Start + (uint)i) == members[slots[i]];
        }

        ArrayPool<int>.Shared.Return(choice);
        return same;
    }

    /// <summary>Hash of what a block holds: a thousandth of the time that its group takes to fill it.</summary>
    internal ulong HashOf(SlotRange block) => block.Length == 0
        ? 0
        : XxHash3.HashToUInt64(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref maps.Slot(block.Start), (int)block.Length)));

    /// <summary>Gives back a block that no packet has met.</summary>
    internal void TakeBack(SlotRange block)
    {
        if (block.Length > 0)
        {
            _ranges.Return(block);
        }
    }

    internal void Retire(SlotRange block)
    {
        if (block.Length > 0)
        {
            _retired.Add(block);
            Retired += block.Length;
        }
    }

    internal bool TryAdopt(SlotRange block) => _ranges.TryReserve(block);

    internal void Release()
    {
        _retired.ForEach(_ranges.Return);
        _retired.Clear();
        Retired = 0;
    }
}
