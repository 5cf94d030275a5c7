using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>
/// Flow entries by tuple: an open-addressed index of slot numbers (linear probing, half full at most, deletion by shifting back) over a slab of entries
/// that never move while the slab has its size. Nothing is allocated but when the slab doubles, up to the capacity. With eviction the least recently
/// found or added entry makes room; without, a full table refuses.
/// </summary>
internal sealed class FlowTable
{
    private const int None = -1;
    private const int SmallestSlab = 256;

    private readonly bool _evicts;
    private readonly ulong _seed;
    private int[] _index;
    private FlowKey[] _keys;
    private FlowEntry[] _entries;
    private Link[] _links;
    private int _free;
    private int _newest = None;
    private int _oldest = None;

    public FlowTable(int capacity, bool evicts, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        (Capacity, _evicts, _seed) = (capacity, evicts, seed);
        int slab = Math.Min(capacity, SmallestSlab);
        (_keys, _entries, _links, _index) = (new FlowKey[slab], new FlowEntry[slab], new Link[slab], NewIndex(slab));
        _free = None;
        AddFree(0, slab);
    }

    /// <summary>Entries that fit.</summary>
    public int Capacity { get; }

    /// <summary>Entries held.</summary>
    public int Count { get; private set; }

    /// <summary>Slots to walk: each is in use or not.</summary>
    public int Slots => _keys.Length;

    public bool IsUsed(int slot) => _links[slot].Used;

    public ref readonly FlowKey KeyAt(int slot) => ref _keys[slot];

    public ref FlowEntry EntryAt(int slot) => ref _entries[slot];

    /// <summary>The entry of a key or a null reference (<see cref="Unsafe.IsNullRef{T}"/>). It stays valid until an entry is added.</summary>
    public ref FlowEntry Find(scoped in FlowKey key)
    {
        int at = Locate(key, out bool found);
        if (!found)
        {
            return ref Unsafe.NullRef<FlowEntry>();
        }

        int slot = _index[at] - 1;
        Touch(slot);
        return ref _entries[slot];
    }

    /// <summary>Like <see cref="Find"/>, but the entry grows no younger.</summary>
    public ref FlowEntry Peek(scoped in FlowKey key)
    {
        int at = Locate(key, out bool found);
        return ref found ? ref _entries[_index[at] - 1] : ref Unsafe.NullRef<FlowEntry>();
    }

    /// <summary>Adds an entry if the key has none. False: it has one, or the table is full.</summary>
    public bool TryAdd(in FlowKey key, in FlowEntry entry)
    {
        Locate(key, out bool found);
        return !found && Insert(key, entry);
    }

    /// <summary>Adds or replaces an entry. False: the table is full.</summary>
    public bool Set(in FlowKey key, in FlowEntry entry)
    {
        int at = Locate(key, out bool found);
        if (!found)
        {
            return Insert(key, entry);
        }

        _entries[_index[at] - 1] = entry;
        return true;
    }

    /// <summary>Removes the entry of a key, if any.</summary>
    public bool Remove(in FlowKey key)
    {
        int at = Locate(key, out bool found);
        if (!found)
        {
            return false;
        }

        int slot = _index[at] - 1;
        Unlink(slot);
        _links[slot] = new Link { Next = _free };
        _free = slot;
        Count--;
        CloseGap(at);
        return true;
    }

    private bool Insert(in FlowKey key, in FlowEntry entry)
    {
        if (_free == None && !MakeRoom())
        {
            return false;
        }

        int slot = _free;
        _free = _links[slot].Next;
        _keys[slot] = key;
        _entries[slot] = entry;
        _links[slot] = new Link { Used = true, Next = None, Previous = None };
        PushNewest(slot);
        Count++;
        _index[Locate(key, out _)] = slot + 1;
        return true;
    }

    private bool MakeRoom()
    {
        if (_keys.Length < Capacity)
        {
            Grow();
            return true;
        }

        if (!_evicts)
        {
            return false;
        }

        FlowKey oldest = _keys[_oldest];
        return Remove(oldest);
    }

    private void Grow()
    {
        int old = _keys.Length;
        int slab = (int)Math.Min(Capacity, 2L * old);
        Array.Resize(ref _keys, slab);
        Array.Resize(ref _entries, slab);
        Array.Resize(ref _links, slab);
        AddFree(old, slab);
        _index = NewIndex(slab);
        for (int slot = 0; slot < old; slot++)
        {
            if (_links[slot].Used)
            {
                _index[Locate(_keys[slot], out _)] = slot + 1;
            }
        }
    }

    private void AddFree(int from, int to)
    {
        for (int slot = to - 1; slot >= from; slot--)
        {
            _links[slot] = new Link { Next = _free };
            _free = slot;
        }
    }

    /// <summary>The place of a key in the index, or the free place where it belongs.</summary>
    private int Locate(in FlowKey key, out bool found)
    {
        int mask = _index.Length - 1;
        for (int at = (int)key.Hash(_seed) & mask; ; at = (at + 1) & mask)
        {
            int slot = _index[at] - 1;
            if (slot == None || _keys[slot].Equals(key))
            {
                found = slot != None;
                return at;
            }
        }
    }

    private void CloseGap(int gap)
    {
        int mask = _index.Length - 1;
        for (int at = (gap + 1) & mask; _index[at] != 0; at = (at + 1) & mask)
        {
            int home = (int)_keys[_index[at] - 1].Hash(_seed) & mask;
            if (((at - home) & mask) >= ((at - gap) & mask))
            {
                _index[gap] = _index[at];
                gap = at;
            }
        }

        _index[gap] = 0;
    }

    private void Touch(int slot)
    {
        if (_evicts && slot != _newest)
        {
            Unlink(slot);
            PushNewest(slot);
        }
    }

    private void PushNewest(int slot)
    {
        if (!_evicts)
        {
            return;
        }

        _links[slot].Next = _newest;
        _links[slot].Previous = None;
        if (_newest != None)
        {
            _links[_newest].Previous = slot;
        }

        _newest = slot;
        _oldest = _oldest == None ? slot : _oldest;
    }

    private void Unlink(int slot)
    {
        if (!_evicts)
        {
            return;
        }

        (int next, int previous) = (_links[slot].Next, _links[slot].Previous);
        if (previous == None)
        {
            _newest = next;
        }
        else
        {
            _links[previous].Next = next;
        }

        if (next == None)
        {
            _oldest = previous;
        }
        else
        {
            _links[next].Previous = previous;
        }
    }

    private static int[] NewIndex(int slab) => new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)slab * 2)];

    /// <summary>Use order of a slot in use, or the chain of free slots (by <see cref="Next"/>).</summary>
    private struct Link
    {
        public bool Used;
        public int Next;
        public int Previous;
    }
}
