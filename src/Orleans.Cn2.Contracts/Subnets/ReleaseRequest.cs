using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.Subnets;

/// <summary>Gives one address back.</summary>
/// <param name="ClaimId">The claim it was granted for; a lease of another claim is left alone.</param>
/// <param name="Address">The address; unset: whatever this claim was granted, for an owner that never learned the answer.</param>
/// <param name="Family">Family of the address.</param>
/// <param name="Fence">What every registered vRouter must reach before the address is free; <see cref="Fence.None"/> when it was never published: free at once.</param>
[GenerateSerializer, Immutable]
public sealed record ReleaseRequest(
    [property: Id(0)] Guid ClaimId,
    [property: Id(1)] IpAddress Address,
    [property: Id(2)] IpFamily Family,
    [property: Id(3)] Fence Fence);
