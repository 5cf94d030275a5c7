namespace Orleans.Cn2.Core.Addressing;

/// <summary>An address's assignment to an owner.</summary>
/// <param name="ClaimId">The claim it was granted for. Repeating the claim finds this lease again; only this id releases it.</param>
/// <param name="OwnerUid">Uid of the owning object.</param>
/// <param name="Owner">Namespace and name of the owner, for people.</param>
/// <param name="Reason">What the address serves as, e.g. <c>ClusterIP</c>.</param>
/// <param name="AllocatedAt">When it was claimed.</param>
/// <param name="Quarantine">Set once it was released while nodes may still forward the address.</param>
/// <param name="Evicted">
/// The quarantined lease in whose place it was granted, kept until this one is released: nodes may still forward the address for that one, and an undone claim
/// must not shorten the wait. It has no such lease itself.
/// </param>
[GenerateSerializer, Immutable]
public sealed record Lease(
    [property: Id(0)] Guid ClaimId,
    [property: Id(1)] Guid OwnerUid,
    [property: Id(2)] NamespacedName Owner,
    [property: Id(3)] string Reason,
    [property: Id(4)] DateTimeOffset AllocatedAt,
    [property: Id(5)] Quarantine? Quarantine = null,
    [property: Id(6)] Lease? Evicted = null);
