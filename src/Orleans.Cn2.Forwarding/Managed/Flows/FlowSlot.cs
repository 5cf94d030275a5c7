using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>All that a table holds of one entry: two cache lines.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct FlowSlot
{
    public const int CacheLine = 64;
    public const int Bytes = 2 * CacheLine;

    public FlowKey Key;
    public FlowEntry Entry;

    /// <summary>Order of use (<see cref="FlowOrder"/>), or the chain of free slots.</summary>
    public SlotLink Link;
}

/// <summary>Neighbours of a slot in a chain; <see cref="FlowSlab.None"/> at its ends.</summary>
/// <param name="Next">The slot used before this one, or the next free one.</param>
/// <param name="Previous">The slot used after this one, or <see cref="Free"/>.</param>
internal readonly record struct SlotLink(int Next, int Previous)
{
    /// <summary>What <see cref="Previous"/> is in a free slot.</summary>
    public const int Free = -2;
}
