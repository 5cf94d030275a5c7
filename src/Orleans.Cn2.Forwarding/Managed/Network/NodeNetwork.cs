using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Managed.Network;

/// <summary>How translated packets go on (docs/datapath.md, section 6).</summary>
public enum DeliveryMode : byte
{
    /// <summary>Through the node's stack, which routes them; reverse translation at an egress hook.</summary>
    Stack = 0,

    /// <summary>Straight to the next hop's interface, past the stack.</summary>
    Fast = 1,
}

/// <summary>What an interface leads to (section 1).</summary>
public enum InterfaceRole : byte
{
    None = 0,
    Pod = 1,
    Uplink = 2,
    Node = 3,
}

/// <summary>Which side of an interface a packet is seen at.</summary>
public enum PacketHook : byte
{
    Ingress = 0,
    Egress = 1,
}

/// <summary>Where the next hop to a VMI is.</summary>
public enum HopKind : byte
{
    /// <summary>Not known: packets are dropped with <see cref="DropReason.NoNextHop"/>.</summary>
    None = 0,

    /// <summary>A pod of this node.</summary>
    Local = 1,

    /// <summary>Another node, by a neighbour on an interface.</summary>
    Neighbour = 2,

    /// <summary>The node itself: a host-network back end.</summary>
    Host = 3,

    /// <summary>A pod of this node whose MAC is not known yet: it is delivered to by the node's neighbours, and is a pod of this node in all else.</summary>
    LocalNeighbour = 4,
}

/// <summary>The next hop to one VMI address.</summary>
/// <param name="Kind">Where it is.</param>
/// <param name="Interface">Index of the interface towards it; 0 for <see cref="HopKind.Host"/>.</param>
/// <param name="Macs">MACs of the frame; for <see cref="HopKind.Local"/> only, a neighbour's are resolved by who sends.</param>
public readonly record struct NextHop(HopKind Kind, int Interface, LinkAddresses Macs);

/// <summary>An interface with a hook.</summary>
/// <param name="Index">Its index on the node.</param>
/// <param name="Role">What it leads to.</param>
/// <param name="CheckSource">True when a pod may send to FloatingIPs only from <paramref name="Sources"/>, in each family that those have an address of.</param>
/// <param name="Sources">Addresses of the pod behind it.</param>
public sealed record PlaneInterface(int Index, InterfaceRole Role, bool CheckSource, ImmutableArray<IpAddress> Sources);

/// <summary>What the node looks like to its data plane.</summary>
/// <param name="Mode">Delivery of new flows.</param>
/// <param name="NodeInterface">Index of <c>cn2s0</c>, the way to the node's own processes.</param>
/// <param name="Interfaces">All interfaces with a hook.</param>
/// <param name="Hops">Next hops by VMI address. Addresses of the node itself need none: they are <see cref="HopKind.Host"/>.</param>
public sealed record NodeNetwork(
    DeliveryMode Mode,
    int NodeInterface,
    ImmutableArray<PlaneInterface> Interfaces,
    IHopLookup Hops)
{
    /// <summary>Index of the interface where fragments ahead of their first are held and come back from; 0: they are dropped.</summary>
    public int HoldInterface { get; init; }

    /// <summary>
    /// True where packets are seen only as far as routes lead them here, and not at every hook (docs/datapath.md, section 10). What the node's own processes
    /// send leads here only when it goes to a service subnet, and what is sent to them only when it goes to a SNAT address.
    /// </summary>
    public bool IsRouted { get; init; }

    /// <summary>MTU by interface index, <see cref="NodeInterface"/> included; what is missing carries all. The eBPF engine asks the kernel instead.</summary>
    public ImmutableDictionary<int, int> Mtus { get; init; } = ImmutableDictionary<int, int>.Empty;

    /// <summary>A node without interfaces: every packet is a passer-by or from nowhere.</summary>
    public static NodeNetwork Empty { get; } = new(DeliveryMode.Fast, 0, [], KnownHops.None);
}
