using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.Subnets;

/// <summary>A subnet as it stands.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Made at creation.</param>
/// <param name="ResourceVersion">Opaque; grows with every change of the definition.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="Spec">The definition.</param>
/// <param name="Usage">One a prefix, in the definition's order.</param>
[GenerateSerializer, Immutable]
public sealed record SubnetView(
    [property: Id(0)] string Name,
    [property: Id(1)] Guid Uid,
    [property: Id(2)] ulong ResourceVersion,
    [property: Id(3)] DateTimeOffset CreatedAt,
    [property: Id(4)] SubnetSpec Spec,
    [property: Id(5)] ImmutableArray<SubnetUsage> Usage);

/// <summary>How much of a prefix is used.</summary>
/// <param name="Prefix">The prefix.</param>
/// <param name="Capacity">Usable addresses; saturates at 2^64-1.</param>
/// <param name="Allocated">Leased addresses.</param>
/// <param name="Quarantined">Released addresses that are not free yet.</param>
[GenerateSerializer, Immutable]
public sealed record SubnetUsage(
    [property: Id(0)] IpPrefix Prefix,
    [property: Id(1)] ulong Capacity,
    [property: Id(2)] ulong Allocated,
    [property: Id(3)] ulong Quarantined);
