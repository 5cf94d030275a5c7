using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.Subnets;

/// <summary>An address that its owner has.</summary>
/// <param name="ClaimId">The claim it was granted for.</param>
/// <param name="Address">The address.</param>
[GenerateSerializer, Immutable]
public readonly record struct HeldAddress([property: Id(0)] Guid ClaimId, [property: Id(1)] IpAddress Address);

/// <summary>An address that is not leased for the claim of the owner that has it.</summary>
/// <param name="Address">The address.</param>
/// <param name="Holder">Who it is leased to; null: nobody.</param>
[GenerateSerializer, Immutable]
public readonly record struct LeaseGap([property: Id(0)] IpAddress Address, [property: Id(1)] NamespacedName? Holder);
