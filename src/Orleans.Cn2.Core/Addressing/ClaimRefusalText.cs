namespace Orleans.Cn2.Core.Addressing;

/// <summary>Refusals in words.</summary>
public static class ClaimRefusalText
{
    /// <summary>The reason in Kubernetes' words where it has any.</summary>
    public static string Describe(this ClaimRefusal refusal) => refusal switch
    {
        ClaimRefusal.AlreadyAllocated => "provided IP is already allocated",
        ClaimRefusal.OutOfRange => "the provided network does not match the current range",
        ClaimRefusal.RangeFull => "range is full",
        ClaimRefusal.ClaimHoldsAnother => "the claim holds another address of this range",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "not a refusal"),
    };
}
