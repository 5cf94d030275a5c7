using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Tun.Routing;

/// <summary>An interface of the node whose packets are routed into one of ours.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Name">Its name.</param>
/// <param name="DeviceIndex">Index of the interface of ours.</param>
/// <param name="Addresses">Its own addresses: its neighbours ask for these on the link.</param>
internal sealed record CapturedInterface(int Index, string Name, int DeviceIndex, ImmutableHashSet<IpAddress> Addresses);

/// <summary>What is to be routed into our interfaces.</summary>
/// <param name="ServiceSubnets">Prefixes of services; their families are those of everything here.</param>
/// <param name="NodeAddresses">The node's addresses, as the control plane has them.</param>
/// <param name="SnatAddresses">Addresses of the node that stand for others; at most one a family.</param>
/// <param name="NodeDevice">Index of our interface for the node's own processes.</param>
/// <param name="Captured">The interfaces to pods, other nodes and the outside.</param>
internal sealed record RoutingSpec(
    ImmutableArray<IpPrefix> ServiceSubnets,
    ImmutableArray<IpAddress> NodeAddresses,
    ImmutableArray<IpAddress> SnatAddresses,
    int NodeDevice,
    ImmutableArray<CapturedInterface> Captured);
