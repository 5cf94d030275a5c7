namespace Orleans.Cn2.Core.Addressing;

/// <summary>
/// The leases of one prefix in memory, with the rules of who gets which address. It knows neither clock nor randomness nor
/// storage: the caller passes times and random numbers in, writes <see cref="TakeChanges"/> before it answers anyone, and
/// after a failed write puts the stored blocks back with <see cref="Replace"/>. Not safe for concurrent use.
/// <para>
/// Any address: the dynamic band from a random start, linearly with wrap; then the static band likewise; then the address
/// that was quarantined longest ago. A named address: any usable one in either band that is free or quarantined.
/// </para>
/// </summary>
public sealed class AddressPool
{
    private readonly LeaseTable _table = new();
    private readonly HashSet<ulong> _changed = [];

    /// <summary>An empty pool.</summary>
    /// <exception cref="ArgumentException">The prefix has more than 64 host bits.</exception>
    public AddressPool(IpPrefix prefix)
    {
        Prefix = prefix;
        Bands = AddressBands.Of(prefix);
    }

    /// <summary>A pool with the leases of stored blocks.</summary>
    public AddressPool(IpPrefix prefix, IEnumerable<LeaseBlock> blocks)
        : this(prefix)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        foreach (LeaseBlock block in blocks)
        {
            Replace(block);
        }
    }

    /// <summary>The prefix.</summary>
    public IpPrefix Prefix { get; }

    /// <summary>Its bands.</summary>
    public AddressBands Bands { get; }

    /// <summary>Number of leases, without quarantined ones.</summary>
    public int Leased => _table.Count - _table.Quarantined;

    /// <summary>Number of quarantined leases.</summary>
    public int Quarantined => _table.Quarantined;

    /// <summary>Claims any address.</summary>
    /// <param name="lease">The lease to enter; repeating its <see cref="Lease.ClaimId"/> finds the address granted before.</param>
    /// <param name="random">Any 64 random bits: where the search starts.</param>
    public ClaimResult ClaimAny(Lease lease, ulong random)
    {
        if (HeldBy(lease) is { } held)
        {
            return new(ClaimRefusal.None, Prefix.At(held), false, null);
        }

        ulong? offset = FreeIn(Bands.DynamicFirst, Bands.Last, random)
            ?? FreeIn(AddressBands.First, Math.Min(Bands.DynamicFirst - 1, Bands.Last), random)
            ?? _table.OldestQuarantined();
        return offset is { } found ? Grant(found, lease) : ClaimResult.Refuse(ClaimRefusal.RangeFull);
    }

    /// <summary>Claims a named address.</summary>
    /// <param name="lease">The lease to enter; repeating its <see cref="Lease.ClaimId"/> with the same address changes nothing.</param>
    /// <param name="address">The address.</param>
    public ClaimResult Claim(Lease lease, IpAddress address)
    {
        if (HeldBy(lease) is { } held && Prefix.At(held) != address)
        {
            return ClaimResult.Refuse(ClaimRefusal.ClaimHoldsAnother, Prefix.At(held));
        }

        ClaimRefusal refusal = Check(address, lease.ClaimId);
        if (refusal != ClaimRefusal.None)
        {
            return ClaimResult.Refuse(refusal);
        }

        ulong offset = OffsetOf(address)!.Value;
        return _table.Find(offset) is { Quarantine: null }
            ? new(ClaimRefusal.None, address, false, null)
            : Grant(offset, lease);
    }

    /// <summary>Whether <paramref name="claimId"/> could have a named address, without taking it.</summary>
    public ClaimRefusal Check(IpAddress address, Guid claimId)
    {
        if (OffsetOf(address) is not { } offset || !Bands.Contains(offset))
        {
            return ClaimRefusal.OutOfRange;
        }

        return _table.Find(offset) is { Quarantine: null } lease && lease.ClaimId != claimId
            ? ClaimRefusal.AlreadyAllocated
            : ClaimRefusal.None;
    }

    /// <summary>
    /// Releases an address, into quarantine or as it was before it was claimed: free, or in the quarantine which the claim cut
    /// short. An address that is not leased for the claim (any more), or already quarantined, is left alone: releasing twice or
    /// late does no harm.
    /// </summary>
    /// <param name="claimId">The claim it was granted for.</param>
    /// <param name="address">The address.</param>
    /// <param name="quarantine">
    /// What to wait for, also in the name of the lease it evicted; <see langword="null"/> when no node ever learned the address for this claim.
    /// </param>
    /// <returns>True when the pool changed.</returns>
    public bool Release(Guid claimId, IpAddress address, Quarantine? quarantine)
    {
        if (OffsetOf(address) is not { } offset || _table.Find(offset) is not { Quarantine: null } lease || lease.ClaimId != claimId)
        {
            return false;
        }

        Put(offset, quarantine is null ? lease.Evicted : lease with { Quarantine = quarantine, Evicted = null });
        return true;
    }

    /// <summary>Ends the quarantine of an address: it is free. Nothing happens when it is not quarantined.</summary>
    /// <returns>True when the pool changed.</returns>
    public bool EndQuarantine(IpAddress address)
    {
        if (OffsetOf(address) is not { } offset || _table.Find(offset) is not { Quarantine: not null })
        {
            return false;
        }

        Put(offset, null);
        return true;
    }

    /// <summary>The lease of an address, quarantined or not; <see langword="null"/> when it is free.</summary>
    public Lease? Find(IpAddress address) => OffsetOf(address) is { } offset ? _table.Find(offset) : null;

    /// <summary>The address granted to a claim and not released yet; <see langword="null"/> when there is none.</summary>
    public IpAddress? AddressOf(Guid claimId) => _table.OffsetOf(claimId) is { } offset ? Prefix.At(offset) : null;

    /// <summary>All leases beyond <paramref name="after"/> in address order; an unset address stands for the beginning.</summary>
    public IEnumerable<KeyValuePair<IpAddress, Lease>> Leases(IpAddress after = default)
    {
        ulong? last = OffsetOf(after);
        return _table.From(last ?? 0)
            .Where(entry => entry.Key != last)
            .Select(entry => KeyValuePair.Create(Prefix.At(entry.Key), entry.Value));
    }

    /// <summary>Quarantined leases, the longest quarantined first.</summary>
    public IEnumerable<KeyValuePair<IpAddress, Lease>> InQuarantine() =>
        _table.QuarantinedOffsets().Select(offset => KeyValuePair.Create(Prefix.At(offset), _table.Find(offset)!));

    /// <summary>The block in which an address of the prefix lies.</summary>
    /// <exception cref="ArgumentException">The address is not in the prefix.</exception>
    public ulong BlockOf(IpAddress address) => OffsetOf(address) is { } offset
        ? LeaseBlock.IndexOf(offset)
        : throw new ArgumentException($"{address} is not in {Prefix}", nameof(address));

    /// <summary>A block as it is now; empty when nothing in it is leased.</summary>
    public LeaseBlock Block(ulong index) => _table.Block(index);

    /// <summary>Indexes of all blocks with leases, in order.</summary>
    public IReadOnlyCollection<ulong> Blocks => _table.Blocks;

    /// <summary>Takes a block as the store has it, in place of what is in memory.</summary>
    public void Replace(LeaseBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        _table.Replace(block);
        _changed.Remove(block.Index);
    }

    /// <summary>The blocks that changed since the last call, as they are now and ready to be written.</summary>
    public IReadOnlyList<LeaseBlock> TakeChanges()
    {
        LeaseBlock[] changes = [.. _changed.Order().Select(_table.Block)];
        _changed.Clear();
        return changes;
    }

    private ulong? HeldBy(Lease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _table.OffsetOf(lease.ClaimId);
    }

    private ClaimResult Grant(ulong offset, Lease lease)
    {
        Lease? evicted = _table.Find(offset);
        Put(offset, lease with { Quarantine = null, Evicted = evicted });
        return new(ClaimRefusal.None, Prefix.At(offset), true, evicted);
    }

    private void Put(ulong offset, Lease? lease)
    {
        _table.Put(offset, lease);
        _changed.Add(LeaseBlock.IndexOf(offset));
    }

    private ulong? FreeIn(ulong first, ulong last, ulong random)
    {
        if (first > last)
        {
            return null;
        }

        ulong start = first + (random % (last - first + 1));
        return _table.NextFree(start, last) ?? (start > first ? _table.NextFree(first, start - 1) : null);
    }

    private ulong? OffsetOf(IpAddress address) =>
        Prefix.Contains(address) ? (ulong)(address.Bits - Prefix.Network.Bits) : null;
}
