namespace Orleans.Cn2.Core.Addressing;

/// <summary>Why a pool refused a claim.</summary>
public enum ClaimRefusal
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>The address is leased for another claim.</summary>
    AlreadyAllocated,

    /// <summary>The address is outside the prefix, or its network or (IPv4) broadcast address.</summary>
    OutOfRange,

    /// <summary>No address is free, not even a quarantined one.</summary>
    RangeFull,

    /// <summary>The claim was granted another address before; that one must be released first.</summary>
    ClaimHoldsAnother,
}
