namespace Orleans.Cn2.Core.Addressing;

/// <summary>
/// Leases by offset in blocks, with the indexes a pool searches: taken addresses as a bitmap, claims, quarantine by age.
/// The blocks are the truth; every change goes through <see cref="Index"/> and <see cref="Unindex"/>.
/// </summary>
internal sealed class LeaseTable
{
    private readonly Dictionary<ulong, LeaseBlock> _blocks = [];
    private readonly SortedSet<ulong> _order = [];
    private readonly SparseBitmap _taken = new();
    private readonly Dictionary<Guid, ulong> _claims = [];
    private readonly SortedSet<(DateTimeOffset Since, ulong Offset)> _quarantine = [];

    public int Count { get; private set; }

    public int Quarantined => _quarantine.Count;

    public IReadOnlyCollection<ulong> Blocks => _order;

    public Lease? Find(ulong offset) =>
        _blocks.TryGetValue(LeaseBlock.IndexOf(offset), out LeaseBlock? block)
            && block.Leases.TryGetValue(Position(offset), out Lease? lease) ? lease : null;

    public ulong? OffsetOf(Guid claimId) => _claims.TryGetValue(claimId, out ulong offset) ? offset : null;

    public ulong? NextFree(ulong first, ulong last) => _taken.NextClear(first, last);

    public ulong? OldestQuarantined() => _quarantine.Count == 0 ? null : _quarantine.Min.Offset;

    public IEnumerable<ulong> QuarantinedOffsets() => _quarantine.Select(entry => entry.Offset);

    public LeaseBlock Block(ulong index) =>
        _blocks.TryGetValue(index, out LeaseBlock? block) ? block : LeaseBlock.Empty(index);

    public IEnumerable<KeyValuePair<ulong, Lease>> From(ulong offset)
    {
        foreach (ulong index in _order.GetViewBetween(LeaseBlock.IndexOf(offset), ulong.MaxValue))
        {
            foreach ((byte position, Lease lease) in _blocks[index].Leases)
            {
                if (Offset(index, position) >= offset)
                {
                    yield return new(Offset(index, position), lease);
                }
            }
        }
    }

    /// <summary>Enters a lease in place of any that is there, or with <see langword="null"/> frees the address.</summary>
    public void Put(ulong offset, Lease? lease)
    {
        LeaseBlock block = Block(LeaseBlock.IndexOf(offset));
        byte position = Position(offset);
        if (block.Leases.TryGetValue(position, out Lease? before))
        {
            Unindex(offset, before);
        }

        if (lease is not null)
        {
            Index(offset, lease);
        }

        Store(block with { Leases = lease is null ? block.Leases.Remove(position) : block.Leases.SetItem(position, lease) });
    }

    /// <summary>Puts a whole block in place of the one that is there.</summary>
    public void Replace(LeaseBlock block)
    {
        foreach ((byte position, Lease lease) in Block(block.Index).Leases)
        {
            Unindex(Offset(block.Index, position), lease);
        }

        foreach ((byte position, Lease lease) in block.Leases)
        {
            Index(Offset(block.Index, position), lease);
        }

        Store(block);
    }

    private void Index(ulong offset, Lease lease)
    {
        Count++;
        _taken.Set(offset);
        if (lease.Quarantine is { } quarantine)
        {
            _quarantine.Add((quarantine.Since, offset));
        }
        else
        {
            // A claim has one address. Should stored blocks disagree, both stay taken and the first one read answers.
            _claims.TryAdd(lease.ClaimId, offset);
        }
    }

    private void Unindex(ulong offset, Lease lease)
    {
        Count--;
        _taken.Clear(offset);
        if (lease.Quarantine is { } quarantine)
        {
            _quarantine.Remove((quarantine.Since, offset));
        }
        else if (_claims.TryGetValue(lease.ClaimId, out ulong held) && held == offset)
        {
            _claims.Remove(lease.ClaimId);
        }
    }

    private void Store(LeaseBlock block)
    {
        if (block.IsEmpty)
        {
            _blocks.Remove(block.Index);
            _order.Remove(block.Index);
        }
        else
        {
            _blocks[block.Index] = block;
            _order.Add(block.Index);
        }
    }

    private static byte Position(ulong offset) => (byte)(offset % LeaseBlock.Size);

    private static ulong Offset(ulong index, byte position) => (index * LeaseBlock.Size) + position;
}
