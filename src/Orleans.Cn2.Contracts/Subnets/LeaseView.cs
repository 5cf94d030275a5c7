using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.Subnets;

/// <summary>A leased or quarantined address.</summary>
/// <param name="Address">The address.</param>
/// <param name="OwnerUid">Uid of the (former) owner.</param>
/// <param name="Owner">Its name.</param>
/// <param name="Since">When it was claimed, or released when it is in quarantine.</param>
/// <param name="WaitsFor">Null while it is leased; else the fence that every registered vRouter must reach before it is free.</param>
[GenerateSerializer, Immutable]
public sealed record LeaseView(
    [property: Id(0)] IpAddress Address,
    [property: Id(1)] Guid OwnerUid,
    [property: Id(2)] NamespacedName Owner,
    [property: Id(3)] DateTimeOffset Since,
    [property: Id(4)] Fence? WaitsFor);

/// <summary>A page of leases in address order, IPv4 first.</summary>
/// <param name="Leases">The page.</param>
/// <param name="More">True when there are leases beyond the last one of the page.</param>
[GenerateSerializer, Immutable]
public sealed record LeasePage([property: Id(0)] ImmutableArray<LeaseView> Leases, [property: Id(1)] bool More);
