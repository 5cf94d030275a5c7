using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink.Routing;

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

/// <summary>A node whose routing can be read as a whole, too.</summary>
public interface INodeSource : INodeView
{
    /// <summary>All interfaces.</summary>
    IReadOnlyList<Link> ReadLinks();

    /// <summary>All routes of all tables.</summary>
    IReadOnlyList<Route> ReadRoutes();

    /// <summary>The policy routing rules of a family in their order.</summary>
    IReadOnlyList<LookupRule> ReadRules(IpFamily family);
}

/// <summary>The kernel's answers.</summary>
internal sealed class KernelView(RtNetlink kernel) : INodeSource
{
    public Route? LookupRoute(IpAddress address) => kernel.LookupRoute(address);

    public Link? GetLink(int index) => kernel.GetLink(index);

    public Neighbour? GetNeighbour(int linkIndex, IpAddress address) => kernel.GetNeighbour(linkIndex, address);

    public Neighbour? GetBridgePort(int bridgeIndex, MacAddress mac) => kernel.GetBridgePort(bridgeIndex, mac);

    public IReadOnlyList<Link> ReadLinks() => kernel.GetLinks();

    public IReadOnlyList<Route> ReadRoutes() => kernel.GetRoutes();

    public IReadOnlyList<LookupRule> ReadRules(IpFamily family) => kernel.GetLookupRules(family);
}
