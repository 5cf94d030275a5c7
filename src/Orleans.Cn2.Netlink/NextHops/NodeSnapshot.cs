using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink.Routing;

namespace Orleans.Cn2.Netlink.NextHops;

/// <summary>
/// The node's interfaces, rules and routes as they were read at one moment: answers for any number of addresses cost no question to the kernel. What the copy
/// can't tell is asked of the kernel as before, address by address; so is everything about neighbours. Immutable.
/// </summary>
public sealed class NodeSnapshot : INodeView
{
    private readonly INodeView _kernel;
    private readonly RouteTables _tables;
    private readonly Dictionary<int, Link> _links;

    private NodeSnapshot(INodeView kernel, RouteTables tables, Dictionary<int, Link> links) => (_kernel, _tables, _links) = (kernel, tables, links);

    /// <summary>Reads the node.</summary>
    public static NodeSnapshot Read(INodeSource node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new NodeSnapshot(
            node,
            RouteTables.Of(node.ReadRules(IpFamily.IPv4), node.ReadRules(IpFamily.IPv6), node.ReadRoutes()),
            node.ReadLinks().ToDictionary(link => link.Index));
    }

    /// <summary>A snapshot that holds nothing and asks the kernel everything.</summary>
    public static NodeSnapshot Asking(INodeView node) => new(node, RouteTables.Unknown, []);

    /// <summary>False where there are more routes than are copied.</summary>
    public bool IsCopy => _tables != RouteTables.Unknown;

    /// <inheritdoc/>
    public Route? LookupRoute(IpAddress address) => _tables.TryFind(address, out Route? route) ? route : _kernel.LookupRoute(address);

    /// <inheritdoc/>
    public Link? GetLink(int index) => _links.TryGetValue(index, out Link? link) ? link : _kernel.GetLink(index);

    /// <inheritdoc/>
    public Neighbour? GetNeighbour(int linkIndex, IpAddress address) => _kernel.GetNeighbour(linkIndex, address);

    /// <inheritdoc/>
    public Neighbour? GetBridgePort(int bridgeIndex, MacAddress mac) => _kernel.GetBridgePort(bridgeIndex, mac);

    /// <summary>How an address is routed.</summary>
    public RoutedHop Find(IpAddress address) => NextHopRules.Route(address, this);

    /// <summary>False where the way to an address may be another than in a snapshot before: it is, or the kernel was asked.</summary>
    public bool RoutesAs(NodeSnapshot before, IpAddress address)
    {
        ArgumentNullException.ThrowIfNull(before);
        if (ReferenceEquals(this, before))
        {
            return true;
        }

        if (!_tables.TryFind(address, out _) || !before._tables.TryFind(address, out _))
        {
            return false;
        }

        (RoutedHop now, RoutedHop then) = (Find(address), before.Find(address));
        return now.Status == then.Status && now.LinkIndex == then.LinkIndex;
    }
}
