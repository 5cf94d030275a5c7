using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.NextHops;
using Orleans.Cn2.Netlink.Routing;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

/// <summary>A node made of dictionaries; routes are matched by the longest prefix.</summary>
internal sealed class FakeNode : INodeSource
{
    internal List<Route> Routes { get; } = [];

    internal Dictionary<int, Link> Links { get; } = [];

    internal Dictionary<(int, IpAddress), Neighbour> Neighbours { get; } = [];

    internal Dictionary<(int, MacAddress), int> Ports { get; } = [];

    internal List<LookupRule> Rules { get; } = [new(RuleEffect.Lookup, RoutingRule.LocalTable), new(RuleEffect.Lookup, Route.MainTable)];

    internal int Lookups { get; private set; }

    public Route? LookupRoute(IpAddress address)
    {
        Lookups++;
        return Routes.Where(route => route.Destination.Contains(address)).MaxBy(route => route.Destination.Length);
    }

    public Link? GetLink(int index) => Links.GetValueOrDefault(index);

    public Neighbour? GetNeighbour(int linkIndex, IpAddress address) => Neighbours.GetValueOrDefault((linkIndex, address));

    public Neighbour? GetBridgePort(int bridgeIndex, MacAddress mac) =>
        Ports.TryGetValue((bridgeIndex, mac), out int port) ? new Neighbour(port, default, mac, NeighbourStates.Reachable) : null;

    public IReadOnlyList<Link> ReadLinks() => [.. Links.Values];

    public IReadOnlyList<Route> ReadRoutes() => [.. Routes];

    public IReadOnlyList<LookupRule> ReadRules(IpFamily family) => [.. Rules];

    internal static MacAddress Mac(byte last) => MacAddress.FromBytes([2, 0, 0, 0, 0, last]);

    internal Link AddLink(int index, string kind = "veth", ushort hardwareType = 1, LinkFlags flags = LinkFlags.Up) =>
        Links[index] = new Link
        {
            Index = index,
            Name = $"link{index}",
            Kind = kind,
            HardwareType = hardwareType,
            Mac = hardwareType == 1 ? Mac((byte)index) : default,
            Flags = flags,
        };

    internal void AddRoute(string prefix, int outInterface, string? gateway = null, RouteType type = RouteType.Unicast) => Routes.Add(new Route
    {
        Destination = IpPrefix.Parse(prefix),
        OutInterface = outInterface,
        Gateway = gateway is null ? default : IpAddress.Parse(gateway),
        Type = type,
    });

    internal Neighbour SetNeighbour(int link, string address, byte mac, NeighbourStates state = NeighbourStates.Reachable)
    {
        IpAddress parsed = IpAddress.Parse(address);
        return Neighbours[(link, parsed)] = new Neighbour(link, parsed, mac == 0 ? default : Mac(mac), state);
    }
}
