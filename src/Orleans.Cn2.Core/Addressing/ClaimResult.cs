namespace Orleans.Cn2.Core.Addressing;

/// <summary>A pool's answer to a claim.</summary>
/// <param name="Refusal">Why not; <see cref="ClaimRefusal.None"/> when granted.</param>
/// <param name="Address">
/// The granted address; with <see cref="ClaimRefusal.ClaimHoldsAnother"/> the one held; else unset.
/// </param>
/// <param name="Changed">True when the pool changed; false when refused or when the claim had this lease before.</param>
/// <param name="Evicted">
/// The quarantined lease that had to give way. After a claim of any address this is worth an event: nothing else was free.
/// </param>
public readonly record struct ClaimResult(ClaimRefusal Refusal, IpAddress Address, bool Changed, Lease? Evicted)
{
    /// <summary>True when the claim holds <see cref="Address"/>.</summary>
    public bool Granted => Refusal == ClaimRefusal.None;

    internal static ClaimResult Refuse(ClaimRefusal refusal, IpAddress held = default) => new(refusal, held, false, null);
}
