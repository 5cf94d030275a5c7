using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>An address's assignment to an owner.</summary>
/// <param name="OwnerUid">Uid of the owning object; claims are idempotent by it.</param>
/// <param name="Owner">Namespace and name of the owner, for people.</param>
/// <param name="Reason">What the address serves as, e.g. <c>ClusterIP</c>.</param>
/// <param name="AllocatedAt">When it was claimed.</param>
/// <param name="Quarantine">Set once the owner released it and nodes may still forward it.</param>
[GenerateSerializer, Immutable]
public sealed record Lease(
    [property: Id(0)] Guid OwnerUid,
    [property: Id(1)] NamespacedName Owner,
    [property: Id(2)] string Reason,
    [property: Id(3)] DateTimeOffset AllocatedAt,
    [property: Id(4)] Quarantine? Quarantine = null);

/// <summary>A released address's wait until no node forwards it any more.</summary>
/// <param name="Since">When it was released.</param>
/// <param name="Fence">What every node must have acknowledged first; opaque here.</param>
[GenerateSerializer, Immutable]
public sealed record Quarantine(
    [property: Id(0)] DateTimeOffset Since,
    [property: Id(1)] ValueList<ulong> Fence);
