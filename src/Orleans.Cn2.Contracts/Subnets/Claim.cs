using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.Subnets;

/// <summary>A request for one address.</summary>
/// <param name="ClaimId">Made and persisted by the owner before it claims. Repeating a claim of the same id answers the same address; releasing needs the id, so a message that comes late can't release what was claimed anew.</param>
/// <param name="OwnerUid">Uid of the owner.</param>
/// <param name="Owner">Its name, for people and for finding a lease whose owner forgot it.</param>
/// <param name="Family">Family of the address.</param>
/// <param name="Requested">The address asked for; null: any free one, the upper band first.</param>
/// <param name="DryRun">Decide but lease nothing. A claim of any address then answers the network address, as Kubernetes does.</param>
[GenerateSerializer, Immutable]
public sealed record ClaimRequest(
    [property: Id(0)] Guid ClaimId,
    [property: Id(1)] Guid OwnerUid,
    [property: Id(2)] NamespacedName Owner,
    [property: Id(3)] IpFamily Family,
    [property: Id(4)] IpAddress? Requested = null,
    [property: Id(5)] bool DryRun = false);

/// <summary>How a claim ended.</summary>
public enum ClaimStatus
{
    /// <summary>The owner has the address.</summary>
    Granted,

    /// <summary>The address asked for is another owner's.</summary>
    Taken,

    /// <summary>The address asked for is not a usable one of this subnet.</summary>
    OutOfRange,

    /// <summary>No address of the family is free.</summary>
    Exhausted,

    /// <summary>There is no such subnet, it is being deleted, or it has no prefix of the family.</summary>
    NoPool,
}

/// <summary>The answer to a claim.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Address">The address, when granted.</param>
[GenerateSerializer, Immutable]
public readonly record struct ClaimAnswer([property: Id(0)] ClaimStatus Status, [property: Id(1)] IpAddress Address);
