using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>
/// Slots in one piece of memory that begins at a cache line and never moves, so that each is two lines and no more. Those that are free are chained.
/// </summary>
internal sealed unsafe class FlowSlab
{
    /// <summary>No slot.</summary>
    public const int None = -1;

    // Keeps the memory; one slot more than are used, to begin at a line.
    private readonly FlowSlot[] _memory;
    private readonly FlowSlot* _first;
    private int _free = None;

    public FlowSlab(int length)
        : this(length, default)
    {
    }

    private FlowSlab(int length, ReadOnlySpan<FlowSlot> old)
    {
        Length = length;
        _memory = GC.AllocateArray<FlowSlot>(length + 1, pinned: true);
        nuint start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        _first = (FlowSlot*)((start + FlowSlot.CacheLine - 1) & ~(nuint)(FlowSlot.CacheLine - 1));
        old.CopyTo(new Span<FlowSlot>(_first, length));
        for (int slot = length - 1; slot >= old.Length; slot--)
        {
            Release(slot);
        }
    }

    public int Length { get; }

    /// <summary>True when <see cref="Take"/> may be called.</summary>
    public bool HasFree => _free != None;

    /// <summary>The slot of a number in 0 .. <see cref="Length"/> - 1, which is not checked: numbers come from the table itself.</summary>
    public ref FlowSlot this[int slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _first[slot];
    }

    public bool IsUsed(int slot) => this[slot].Link.Previous != SlotLink.Free;

    /// <summary>A free slot, in use from now on.</summary>
    public int Take()
    {
        int slot = _free;
        ref SlotLink link = ref this[slot].Link;
        _free = link.Next;
        link = new SlotLink(None, None);
        return slot;
    }

    /// <summary>Ends the use of a slot. Its key is no packet's from now on.</summary>
    public void Release(int slot)
    {
        ref FlowSlot free = ref this[slot];
        (free.Key, free.Link) = (default, new SlotLink(_free, SlotLink.Free));
        _free = slot;
    }

    /// <summary>A slab that begins with these slots, none of which is free.</summary>
    public FlowSlab Grown(int length) => new(length, new ReadOnlySpan<FlowSlot>(_first, Length));
}
