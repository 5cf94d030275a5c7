using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>The next hops at one moment.</summary>
/// <param name="Hops">All of them.</param>
/// <param name="Local">Addresses of local VMIs and the interface that leads to each.</param>
/// <param name="Moved">Addresses whose next hop is another since the snapshot before.</param>
internal sealed record HopSnapshot(
    ImmutableDictionary<IpAddress, NextHop> Hops, ImmutableArray<(IpAddress Address, int Interface)> Local, IReadOnlyCollection<IpAddress> Moved);
