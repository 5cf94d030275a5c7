using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Simulation;

/// <summary>A simulated cluster.</summary>
/// <param name="Mode">Delivery mode of the nodes.</param>
/// <param name="ServiceSubnets">Where FloatingIPs are; the outside routes them to the nodes.</param>
/// <param name="HashKey">The cluster's hash key.</param>
/// <param name="Nodes">The nodes.</param>
/// <param name="Outside">Addresses of the client outside, at most one a family.</param>
public sealed record SimulatedTopology(
    DeliveryMode Mode,
    ImmutableArray<IpPrefix> ServiceSubnets,
    UInt128 HashKey,
    ImmutableArray<SimulatedNode> Nodes,
    ImmutableArray<IpAddress> Outside);

/// <summary>A node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">Its own addresses, at most one a family.</param>
/// <param name="SnatAddresses">Sources of flows from outside to other nodes' VMIs, at most one a family.</param>
public sealed record SimulatedNode(string Name, ImmutableArray<IpAddress> Addresses, ImmutableArray<IpAddress> SnatAddresses);

/// <summary>A pod that listens.</summary>
/// <param name="Name">What it answers with.</param>
/// <param name="Node">Its node.</param>
/// <param name="Addresses">Its addresses, at most one a family; those of the node for a pod in the host's network.</param>
/// <param name="Ports">What it listens on; a pod that is only a client listens on nothing.</param>
public sealed record SimulatedPod(string Name, string Node, ImmutableArray<IpAddress> Addresses, ImmutableArray<SimulatedPort> Ports);

/// <summary>A port that is listened on.</summary>
public readonly record struct SimulatedPort(TransportProtocol Protocol, ushort Port);

/// <summary>Who sends a request.</summary>
/// <param name="Kind">Pod, node or outside.</param>
/// <param name="Name">Name of the pod or node.</param>
public readonly record struct SimulatedClient(SimulatedClientKind Kind, string Name)
{
    public static SimulatedClient Outside { get; } = new(SimulatedClientKind.Outside, "outside");

    public static SimulatedClient Pod(string name) => new(SimulatedClientKind.Pod, name);

    public static SimulatedClient Node(string name) => new(SimulatedClientKind.Node, name);
}

/// <summary>Kinds of client.</summary>
public enum SimulatedClientKind
{
    Pod,
    Node,
    Outside,
}

/// <summary>What became of a request.</summary>
/// <param name="Pod">Name of the pod that answered; null on failure.</param>
/// <param name="Failure">Why there was no answer; null on success.</param>
/// <param name="PeerSeen">The address that the pod saw as its peer; unset on failure.</param>
/// <param name="Trace">What each node did with the frames of the request, in order: <c>node: verdict reason</c>.</param>
public sealed record SimulatedAnswer(string? Pod, string? Failure, IpAddress PeerSeen, ImmutableArray<string> Trace);
