using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.NextHops;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class NextHopTableTests
{
    private static readonly IpAddress Pod = IpAddress.Parse("10.1.0.5");
    private readonly FakeNode _node = new();
    private readonly NextHopTable _table = new();

    public NextHopTableTests()
    {
        _node.AddLink(5);
        _node.AddRoute("10.1.0.5/32", 5);
        _node.SetNeighbour(5, "10.1.0.5", 77);
    }

    [Theory]
    [InlineData("10.1.0.5")]
    [InlineData("fd01::5")]
    public void Refresh_LocalPod_HasBothMacs(string text)
    {
        IpAddress address = IpAddress.Parse(text);
        _node.AddRoute($"{text}/{address.Width}", 5);
        _node.SetNeighbour(5, text, 77);
        NextHop hop = Resolve(address, isLocal: true);
        Assert.Equal(
            (NextHopStatus.Resolved, 5, FakeNode.Mac(77), FakeNode.Mac(5), address),
            (hop.Status, hop.LinkIndex, hop.DestinationMac, hop.SourceMac, hop.Via));
    }

    [Fact]
    public void Refresh_Remote_HasInterfaceAndRouterButNoMac()
    {
        _node.AddLink(2);
        _node.AddRoute("10.2.0.0/16", 2, gateway: "192.0.2.7");
        NextHop hop = Resolve(IpAddress.Parse("10.2.3.4"), isLocal: false);
        Assert.Equal(
            (NextHopStatus.Resolved, 2, IpAddress.Parse("192.0.2.7"), default(MacAddress)),
            (hop.Status, hop.LinkIndex, hop.Via, hop.DestinationMac));
        Assert.False(NextHopRules.NeedsProbe(hop));
    }

    [Fact]
    public void Refresh_RawIpDevice_NeedsNoMac()
    {
        _node.AddLink(6, kind: "tun", hardwareType: 0xfffe);
        _node.AddRoute("10.3.0.0/16", 6);
        NextHop hop = Resolve(IpAddress.Parse("10.3.0.1"), isLocal: true);
        Assert.Equal((NextHopStatus.Resolved, LinkLayer.RawIp, 6), (hop.Status, hop.Layer, hop.LinkIndex));
    }

    [Theory]
    [InlineData(false, NextHopStatus.Unroutable)]
    [InlineData(true, NextHopStatus.Unroutable)]
    public void Refresh_NoRouteOrInterfaceDown_IsUnroutable(bool hasRoute, NextHopStatus status)
    {
        _node.AddLink(7, flags: LinkFlags.None);
        if (hasRoute)
        {
            _node.AddRoute("10.4.0.0/16", 7);
        }

        Assert.Equal(status, Resolve(IpAddress.Parse("10.4.0.1"), isLocal: true).Status);
    }

    [Fact]
    public void Refresh_AddressOfTheNode_IsOwn()
    {
        _node.AddRoute("192.0.2.1/32", 1, type: RouteType.Local);
        Assert.Equal(NextHopStatus.OwnAddress, Resolve(IpAddress.Parse("192.0.2.1"), isLocal: true).Status);
    }

    [Fact]
    public void Refresh_BehindABridge_NamesThePortAndTheBridgesMac()
    {
        _node.AddLink(8, kind: "bridge");
        _node.AddRoute("10.5.0.0/24", 8);
        _node.SetNeighbour(8, "10.5.0.9", 99);
        Assert.Equal(NextHopStatus.Resolving, Resolve(IpAddress.Parse("10.5.0.9"), isLocal: true).Status);

        _node.Ports[(8, FakeNode.Mac(99))] = 31;
        _table.Apply(new NeighbourChanged(new Neighbour(31, default, FakeNode.Mac(99), NeighbourStates.Reachable), Removed: false));
        NextHop hop = Assert.Single(_table.Refresh(_node));
        Assert.Equal(
            (NextHopStatus.Resolved, 31, 8, FakeNode.Mac(99), FakeNode.Mac(8)),
            (hop.Status, hop.LinkIndex, hop.RouteLinkIndex, hop.DestinationMac, hop.SourceMac));
    }

    [Fact]
    public void Apply_MacOfThePodChanges_EntryFollows()
    {
        Resolve(Pod, isLocal: true);
        Tell(_node.SetNeighbour(5, "10.1.0.5", 78));
        Assert.Equal(FakeNode.Mac(78), Assert.Single(_table.Refresh(_node)).DestinationMac);
    }

    [Fact]
    public void Apply_NeighbourAgesWithTheSameMac_AsksNothing()
    {
        Resolve(Pod, isLocal: true);
        int before = _node.Lookups;
        Tell(_node.SetNeighbour(5, "10.1.0.5", 77, NeighbourStates.Stale));
        Assert.Empty(_table.Refresh(_node));
        Assert.Equal(before, _node.Lookups);
    }

    [Fact]
    public void Apply_NeighbourCollected_KeepsTheMac()
    {
        Resolve(Pod, isLocal: true);
        _node.Neighbours.Clear();
        _table.Apply(new NeighbourChanged(new Neighbour(5, Pod, FakeNode.Mac(77), NeighbourStates.Stale), Removed: true));
        Assert.Empty(_table.Refresh(_node));
        _table.MarkAll();
        Assert.Empty(_table.Refresh(_node));
        Assert.Equal(FakeNode.Mac(77), _table.Find(Pod)!.DestinationMac);
    }

    [Fact]
    public void Apply_NeighbourFailed_LosesTheMacUntilItAnswers()
    {
        Resolve(Pod, isLocal: true);
        Tell(_node.SetNeighbour(5, "10.1.0.5", 0, NeighbourStates.Failed));
        NextHop failed = Assert.Single(_table.Refresh(_node));
        Assert.Equal((NextHopStatus.Failed, default(MacAddress)), (failed.Status, failed.DestinationMac));
        Assert.True(NextHopRules.NeedsProbe(failed));

        Tell(_node.SetNeighbour(5, "10.1.0.5", 77));
        Assert.Equal(NextHopStatus.Resolved, Assert.Single(_table.Refresh(_node)).Status);
    }

    [Fact]
    public void Apply_PodMovedToAnotherInterface_InheritsNoMac()
    {
        Resolve(Pod, isLocal: true);
        _node.AddLink(9);
        _node.Routes.Clear();
        _node.AddRoute("10.1.0.5/32", 9);
        _table.Apply(new RouteChanged(_node.Routes[0], Removed: false));
        NextHop hop = Assert.Single(_table.Refresh(_node));
        Assert.Equal((NextHopStatus.Resolving, 9, default(MacAddress)), (hop.Status, hop.LinkIndex, hop.DestinationMac));
    }

    [Fact]
    public void Apply_RouteElsewhere_AsksNothing()
    {
        Resolve(Pod, isLocal: true);
        int before = _node.Lookups;
        _table.Apply(new RouteChanged(new Route { Destination = IpPrefix.Parse("10.9.0.0/16") }, Removed: false));
        _table.Refresh(_node);
        Assert.Equal(before, _node.Lookups);
    }

    [Fact]
    public void Apply_InterfaceGone_EntryIsUnroutable()
    {
        Resolve(Pod, isLocal: true);
        Link gone = _node.Links[5];
        _node.Links.Clear();
        _node.Routes.Clear();
        _table.Apply(new LinkChanged(gone, Removed: true));
        Assert.Equal(NextHopStatus.Unroutable, Assert.Single(_table.Refresh(_node)).Status);
    }

    [Fact]
    public void Apply_EventsLost_AsksAboutAll()
    {
        Resolve(Pod, isLocal: true);
        _node.SetNeighbour(5, "10.1.0.5", 80);
        Assert.Empty(_table.Refresh(_node));
        _table.Apply(new EventsLost());
        Assert.Equal(FakeNode.Mac(80), Assert.Single(_table.Refresh(_node)).DestinationMac);
    }

    [Fact]
    public void SetTargets_Dropped_IsForgottenAndNotToldAgain()
    {
        Resolve(Pod, isLocal: true);
        _table.SetTargets([]);
        _table.MarkAll();
        Assert.Empty(_table.Refresh(_node));
        Assert.Null(_table.Find(Pod));
    }

    [Fact]
    public void SetTargets_LocalBecomesRemote_IsResolvedAnew()
    {
        Resolve(Pod, isLocal: true);
        Assert.False(Resolve(Pod, isLocal: false).DestinationMac.IsSet);
    }

    [Fact]
    public void SetTargets_BothLocalAndRemote_Refused() =>
        Assert.Throws<ArgumentException>(() => _table.SetTargets([new(Pod, true), new(Pod, false)]));

    private NextHop Resolve(IpAddress address, bool isLocal)
    {
        _table.SetTargets([new NextHopTarget(address, isLocal)]);
        return Assert.Single(_table.Refresh(_node));
    }

    private void Tell(Neighbour neighbour) => _table.Apply(new NeighbourChanged(neighbour, Removed: false));
}
