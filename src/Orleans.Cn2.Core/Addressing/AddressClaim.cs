namespace Orleans.Cn2.Core.Addressing;

/// <summary>Why a pool refused a claim.</summary>
public enum ClaimRefusal
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>Another owner holds the address.</summary>
    AlreadyAllocated,

    /// <summary>The address is outside the prefix, or its network or (IPv4) broadcast address.</summary>
    OutOfRange,

    /// <summary>No address is free, not even a quarantined one.</summary>
    RangeFull,

    /// <summary>The owner holds a different address of this pool; it must release that one first.</summary>
    OwnerHoldsAnother,
}

/// <summary>A pool's answer to a claim.</summary>
/// <param name="Refusal">Why not; <see cref="ClaimRefusal.None"/> when granted.</param>
/// <param name="Address">The granted address, or with <see cref="ClaimRefusal.OwnerHoldsAnother"/> the one held.</param>
/// <param name="Changed">True when the pool changed; false when the owner had this lease before.</param>
/// <param name="Evicted">
/// The quarantined lease that had to give way. After a claim for any address this is worth an event: nothing else was free.
/// </param>
public readonly record struct ClaimResult(ClaimRefusal Refusal, IpAddress Address, bool Changed, Lease? Evicted)
{
    /// <summary>True when the owner now has <see cref="Address"/>.</summary>
    public bool Granted => Refusal == ClaimRefusal.None;
}
