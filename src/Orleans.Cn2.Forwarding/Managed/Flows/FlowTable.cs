using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>
/// Flow entries by tuple: an index over a slab whose slots keep their numbers. Nothing is allocated but when the slab doubles, up to the capacity. With
/// eviction the least recently found or added entry makes room; without, a full table refuses.
/// </summary>
internal sealed class FlowTable
{
    private const int SmallestSlab = 256;

    private readonly bool _evicts;
    private readonly HashSeed _seed;
    private FlowIndex _index;
    private FlowSlab _slots;
    private FlowOrder _order = new();

    public FlowTable(int capacity, bool evicts, HashSeed seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        (Capacity, _evicts, _seed) = (capacity, evicts, seed);
        int slab = Math.Min(capacity, SmallestSlab);
        (_slots, _index) = (new FlowSlab(slab), new FlowIndex(slab));
    }

    /// <summary>Entries that fit.</summary>
    public int Capacity { get; }

    /// <summary>Entries held.</summary>
    public int Count { get; private set; }

    /// <summary>Slots to walk: each is in use or not.</summary>
    public int Slots => _slots.Length;

    public bool IsUsed(int slot) => _slots.IsUsed(slot);

    public ref readonly FlowKey KeyAt(int slot) => ref _slots[slot].Key;

    public ref FlowEntry EntryAt(int slot) => ref _slots[slot].Entry;

    /// <summary>The entry of a key or a null reference (<see cref="Unsafe.IsNullRef{T}"/>). It stays valid until an entry is added.</summary>
    public ref FlowEntry Find(scoped in FlowKey key)
    {
        _index.Locate(HashOf(key), key, _slots, out int slot);
        if (slot == FlowSlab.None)
        {
            return ref Unsafe.NullRef<FlowEntry>();
        }

        if (_evicts)
        {
            _order.Touch(_slots, slot);
        }

        return ref _slots[slot].Entry;
    }

    /// <summary>Like <see cref="Find"/>, but the entry grows no younger.</summary>
    public ref FlowEntry Peek(scoped in FlowKey key)
    {
        _index.Locate(HashOf(key), key, _slots, out int slot);
        return ref slot == FlowSlab.None ? ref Unsafe.NullRef<FlowEntry>() : ref _slots[slot].Entry;
    }

    /// <summary>What the index knows a key by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint HashOf(in FlowKey key) => key.Hash(_seed);

    /// <summary>Reads of the index what <see cref="Guess"/> will. What it answers says nothing, but must be used, or nothing is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint TouchIndex(uint hash) => _index.Touch(hash);

    /// <summary>The slot that a key of this hash is likely in, or <see cref="FlowSlab.None"/>; <see cref="FindIn"/> tells whether it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Guess(uint hash) => _index.Guess(hash);

    /// <summary>
    /// Reads of both cache lines of a slot, so that they are there when it is needed. What it answers says nothing, but must be used, or nothing is read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Touch(int slot)
    {
        ref FlowSlot touched = ref _slots[Math.Max(slot, 0)];
        return touched.Key.Protocol + touched.Entry.Ports;
    }

    /// <summary>The entry of a key where it is in this slot, whatever happened since the look ahead; else a null reference. It grows no younger.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref FlowEntry FindIn(int slot, scoped in FlowKey key)
    {
        if (slot == FlowSlab.None)
        {
            return ref Unsafe.NullRef<FlowEntry>();
        }

        ref FlowSlot candidate = ref _slots[slot];
        return ref FlowKey.AreEqual(ref candidate.Key, in key) ? ref candidate.Entry : ref Unsafe.NullRef<FlowEntry>();
    }

    /// <summary>Adds an entry if the key has none. False: it has one, or the table is full.</summary>
    public bool TryAdd(in FlowKey key, in FlowEntry entry)
    {
        uint hash = HashOf(key);
        _index.Locate(hash, key, _slots, out int slot);
        return slot == FlowSlab.None && Insert(key, hash, entry);
    }

    /// <summary>Adds or replaces an entry. False: the table is full.</summary>
    public bool Set(in FlowKey key, in FlowEntry entry)
    {
        uint hash = HashOf(key);
        _index.Locate(hash, key, _slots, out int slot);
        if (slot == FlowSlab.None)
        {
            return Insert(key, hash, entry);
        }

        Fill(slot, key, entry);
        return true;
    }

    /// <summary>Removes the entry of a key, if any.</summary>
    public bool Remove(in FlowKey key)
    {
        int at = _index.Locate(HashOf(key), key, _slots, out int slot);
        if (slot == FlowSlab.None)
        {
            return false;
        }

        if (_evicts)
        {
            _order.Remove(_slots, slot);
        }

        _slots.Release(slot);
        _index.RemoveAt(at);
        Count--;
        return true;
    }

    private bool Insert(in FlowKey key, uint hash, in FlowEntry entry)
    {
        if (!_slots.HasFree && !MakeRoom())
        {
            return false;
        }

        int slot = _slots.Take();
        Fill(slot, key, entry);
        if (_evicts)
        {
            _order.Add(_slots, slot);
        }

        _index.Add(hash, slot);
        Count++;
        return true;
    }

    private void Fill(int slot, in FlowKey key, in FlowEntry entry)
    {
        ref FlowSlot filled = ref _slots[slot];
        (filled.Key, filled.Entry) = (key, entry);
        filled.Entry.Change = ChecksumChange.Of(key, entry);
    }

    private bool MakeRoom()
    {
        if (_slots.Length == Capacity)
        {
            return _evicts && Remove(_slots[_order.Oldest].Key);
        }

        int length = (int)Math.Min(Capacity, 2L * _slots.Length);
        _slots = _slots.Grown(length);
        FlowIndex index = new(length);
        index.AddAll(_index);
        _index = index;
        return true;
    }
}
