using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.NextHops;

/// <summary>An address whose next hop is wanted.</summary>
/// <param name="Address">A VMI's address.</param>
/// <param name="IsLocal">True when the VMI runs on this node: packets go straight to its link, so its MAC is needed.</param>
public readonly record struct NextHopTarget(IpAddress Address, bool IsLocal);

/// <summary>How far a next hop is known.</summary>
public enum NextHopStatus
{
    /// <summary>The node has no route there.</summary>
    Unroutable,

    /// <summary>The route is known, the neighbour was asked and has not answered yet.</summary>
    Resolving,

    /// <summary>The neighbour does not answer; it is asked again from time to time.</summary>
    Failed,

    /// <summary>Usable.</summary>
    Resolved,

    /// <summary>The address is the node's own: a host-network workload.</summary>
    OwnAddress,
}

/// <summary>Where packets to one address go.</summary>
public sealed record NextHop
{
    /// <summary>The address asked for.</summary>
    public required NextHopTarget Target { get; init; }

    /// <summary>How far the rest is known.</summary>
    public required NextHopStatus Status { get; init; }

    /// <summary>The interface packets leave by: of a local VMI the node's end of its link (of a bridge, the port); 0 if unknown.</summary>
    public int LinkIndex { get; init; }

    /// <summary>The interface the route names; differs from <see cref="LinkIndex"/> where that is a bridge.</summary>
    public int RouteLinkIndex { get; init; }

    /// <summary>The framing on that interface.</summary>
    public LinkLayer Layer { get; init; }

    /// <summary>Whose neighbour entry counts: the router, or the address itself when on-link.</summary>
    public IpAddress Via { get; init; }

    /// <summary>The pod-side MAC; set for local VMIs on Ethernet. Remote ones are resolved by the kernel per packet.</summary>
    public MacAddress DestinationMac { get; init; }

    /// <summary>The node-side MAC; set with Ethernet.</summary>
    public MacAddress SourceMac { get; init; }
}
