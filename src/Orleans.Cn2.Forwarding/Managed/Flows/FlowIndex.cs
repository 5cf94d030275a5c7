using System.Numerics;
using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>
/// Numbers of slots by the hash of what they hold: open addressing with linear probing, half full at most, deletion by shifting back. A place holds the
/// whole hash beside the number, so that a search touches no slot but the one that is looked for, and nobody is hashed again when entries move.
/// </summary>
internal sealed class FlowIndex(int slots)
{
    private const int HashShift = 32;

    // 0: free; else the hash in the high half, the slot's number plus 1 in the low one.
    private readonly ulong[] _places = new ulong[BitOperations.RoundUpToPowerOf2((uint)slots * 2)];

    // The home of a hash is in its high bits.
    private readonly int _shift = 32 - BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)slots * 2));

    /// <summary>The place of a key, or the free place where it belongs; <paramref name="slot"/> is <see cref="FlowSlab.None"/> then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Locate(uint hash, in FlowKey key, FlowSlab held, out int slot)
    {
        ulong[] places = _places;
        for (int at = HomeOf(hash); ; at = (at + 1) & (places.Length - 1))
        {
            ulong place = places[at];
            slot = SlotIn(place);
            if (slot == FlowSlab.None || (HashIn(place) == hash && held[slot].Key.Equals(key)))
            {
                return at;
            }
        }
    }

    /// <summary>A slot that holds something of this hash, most likely the only one, or <see cref="FlowSlab.None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Guess(uint hash)
    {
        ulong[] places = _places;
        for (int at = HomeOf(hash); ; at = (at + 1) & (places.Length - 1))
        {
            ulong place = places[at];
            if (place == 0 || HashIn(place) == hash)
            {
                return SlotIn(place);
            }
        }
    }

    /// <summary>Reads where a search begins, so that it is there when the search does. What it answers must be used, or nothing is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Touch(uint hash) => (uint)_places[HomeOf(hash)];

    /// <summary>Adds a slot whose key has no place.</summary>
    public void Add(uint hash, int slot)
    {
        int mask = _places.Length - 1;
        int at = HomeOf(hash);
        while (_places[at] != 0)
        {
            at = (at + 1) & mask;
        }

        _places[at] = ((ulong)hash << HashShift) | (uint)(slot + 1);
    }

    /// <summary>Adds all that another index has.</summary>
    public void AddAll(FlowIndex other)
    {
        foreach (ulong place in other._places)
        {
            if (place != 0)
            {
                Add(HashIn(place), SlotIn(place));
            }
        }
    }

    /// <summary>Frees a place that <see cref="Locate"/> found, and moves those up that a search would miss behind it.</summary>
    public void RemoveAt(int gap)
    {
        int mask = _places.Length - 1;
        for (int at = (gap + 1) & mask; _places[at] != 0; at = (at + 1) & mask)
        {
            int home = HomeOf(HashIn(_places[at]));
            if (((at - home) & mask) >= ((at - gap) & mask))
            {
                _places[gap] = _places[at];
                gap = at;
            }
        }

        _places[gap] = 0;
    }

    private int HomeOf(uint hash) => (int)(hash >> _shift);

    private static uint HashIn(ulong place) => (uint)(place >> HashShift);

    private static int SlotIn(ulong place) => (int)place - 1;
}
