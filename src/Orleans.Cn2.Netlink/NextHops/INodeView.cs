using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.NextHops;

/// <summary>What the rules of next hops may ask of the node.</summary>
public interface INodeView
{
    /// <summary>The route the node would take; null if none.</summary>
    Route? LookupRoute(IpAddress address);

    /// <summary>An interface; null if there is none of that index.</summary>
    Link? GetLink(int index);

    /// <summary>A neighbour entry; null if there is none.</summary>
    Neighbour? GetNeighbour(int linkIndex, IpAddress address);

    /// <summary>The bridge port behind which a MAC was learned; null if it was not.</summary>
    Neighbour? GetBridgePort(int bridgeIndex, MacAddress mac);
}

/// <summary>The kernel's answers.</summary>
internal sealed class KernelView(RtNetlink kernel) : INodeView
{
    public Route? LookupRoute(IpAddress address) => kernel.LookupRoute(address);

    public Link? GetLink(int index) => kernel.GetLink(index);

    public Neighbour? GetNeighbour(int linkIndex, IpAddress address) => kernel.GetNeighbour(linkIndex, address);

    public Neighbour? GetBridgePort(int bridgeIndex, MacAddress mac) => kernel.GetBridgePort(bridgeIndex, mac);
}
