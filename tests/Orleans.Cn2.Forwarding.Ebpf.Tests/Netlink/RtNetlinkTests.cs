using Microsoft.Win32.SafeHandles;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

public sealed class RtNetlinkTests : IDisposable
{
    private readonly TestNamespace _node = new();
    private readonly RtNetlink _kernel;

    public RtNetlinkTests() => _kernel = _node.In(RtNetlink.Open);

    public void Dispose()
    {
        _kernel.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void AddVethPair_NoArp_BothEndsAsAsked()
    {
        MacAddress mac = MacAddress.Parse("02:00:0a:00:00:01");
        _kernel.AddVethPair(new VethEnd("a0", mac), new VethEnd("a1"), mtu: 1400, noArp: true);

        Link near = _kernel.GetLink("a0")!, far = _kernel.GetLink("a1")!;
        Assert.Equal(("veth", mac, 1400u, LinkLayer.Ethernet), (near.Kind, near.Mac, near.Mtu, near.Layer));
        Assert.Equal((far.Index, near.Index), (near.PeerIndex, far.PeerIndex));
        Assert.Null(near.LinkNamespaceId);
        Assert.Equal(1400u, far.Mtu);
        Assert.True(near.Flags.HasFlag(LinkFlags.NoArp));
        Assert.True(far.Flags.HasFlag(LinkFlags.NoArp));
        Assert.False(near.IsUp);
        Assert.Contains("NOARP", _node.Ip("link show a1"), StringComparison.Ordinal);
    }

    [Fact]
    public void AddVethPair_PeerInOtherNamespace_IsBornThere()
    {
        using TestNamespace pod = new();
        using SafeFileHandle other = File.OpenHandle(pod.Path);
        _kernel.AddVethPair(new VethEnd("a0"), new VethEnd("eth0", default, (int)other.DangerousGetHandle()));

        Assert.NotNull(_kernel.GetLink("a0")!.LinkNamespaceId);
        Assert.Null(_kernel.GetLink("eth0"));
        Assert.Contains("eth0", pod.Ip("link show"), StringComparison.Ordinal);
    }

    [Fact]
    public void LinkChanges_EachOne_TakesEffect()
    {
        Link link = AddPair("a0", "a1");
        MacAddress mac = MacAddress.Parse("02:00:0a:00:00:07");
        _kernel.SetMac(link.Index, mac);
        _kernel.SetMtu(link.Index, 1280);
        _kernel.SetFlags(link.Index, LinkFlags.Up);
        Link changed = _kernel.GetLink(link.Index)!;
        Assert.Equal((mac, 1280u, true), (changed.Mac, changed.Mtu, changed.IsUp));

        _kernel.SetFlags(link.Index, LinkFlags.None, LinkFlags.Up);
        Assert.False(_kernel.GetLink(link.Index)!.IsUp);
        _kernel.DeleteLink(link.Index);
        Assert.Null(_kernel.GetLink("a0"));
        Assert.Null(_kernel.GetLink(link.Index));
        Assert.Null(_kernel.GetLink("a1"));
    }

    [Fact]
    public void GetLinks_Tun_IsRawIp()
    {
        _node.Ip("tuntap add t0 mode tun");
        Assert.Equal(LinkLayer.RawIp, _kernel.GetLinks().Single(link => link.Name == "t0").Layer);
        Assert.Equal(LinkLayer.Ethernet, _kernel.GetLinks().Single(link => link.Name == "lo").Layer);
    }

    [Theory]
    [InlineData("10.7.0.1", 24)]
    [InlineData("fd07::1", 64)]
    public void AddAddress_Twice_IsThereOnceAndGoes(string text, int length)
    {
        Link link = AddPair("a0", "a1");
        IpAddress address = IpAddress.Parse(text);
        _kernel.AddAddress(link.Index, address, length);
        _kernel.AddAddress(link.Index, address, length);
        InterfaceAddress found = Assert.Single(_kernel.GetAddresses(address.Family), a => a.Address == address);
        Assert.Equal((link.Index, length, true), (found.LinkIndex, found.PrefixLength, found.IsGlobal));

        _kernel.DeleteAddress(link.Index, address, length);
        Assert.DoesNotContain(_kernel.GetAddresses(), a => a.Address == address);
    }

    [Theory]
    [InlineData("10.7.0.1", 24, "10.7.0.9", "10.96.0.0/16", "10.96.3.4")]
    [InlineData("fd07::1", 64, "fd07::9", "fd96::/112", "fd96::34")]
    public async Task ReplaceRoute_ViaGatewayWithSource_IsLookedUp(string own, int length, string gateway, string prefix, string within)
    {
        Link link = AddPair("a0", "a1");
        _kernel.AddAddress(link.Index, IpAddress.Parse(own), length);
        Route route = new()
        {
            Destination = IpPrefix.Parse(prefix),
            OutInterface = link.Index,
            Gateway = IpAddress.Parse(gateway),
            PreferredSource = IpAddress.Parse(own),
            Protocol = 194,
        };
        _kernel.ReplaceRoute(route);
        _kernel.ReplaceRoute(route);

        Route listed = Assert.Single(_kernel.GetRoutes(), r => r.Destination == route.Destination);
        Assert.Equal(
            (route.OutInterface, route.Gateway, route.PreferredSource, route.Protocol, Route.MainTable),
            (listed.OutInterface, listed.Gateway, listed.PreferredSource, listed.Protocol, listed.Table));
        Route answer = _kernel.LookupRoute(IpAddress.Parse(within))!;
        Assert.Equal((link.Index, route.Gateway, route.PreferredSource), (answer.OutInterface, answer.Gateway, answer.PreferredSource));

        // The kernel makes the route of an IPv6 address of its own a moment after the address.
        await Until.TrueAsync(
            "the node's address is local",
            TimeSpan.FromSeconds(10),
            () => Task.FromResult(_kernel.LookupRoute(IpAddress.Parse(own))?.Type == RouteType.Local),
            () => string.Join('\n', _kernel.GetRoutes()));

        _kernel.DeleteRoute(route);
        Assert.Null(_kernel.LookupRoute(IpAddress.Parse(within)));
    }

    [Fact]
    public void LookupRoute_Multipath_AnswersOneOfTheHops()
    {
        Link link = AddPair("a0", "a1");
        _kernel.AddAddress(link.Index, IpAddress.Parse("10.7.0.1"), 24);
        _node.Ip("route add 10.98.0.0/16 nexthop via 10.7.0.2 dev a0 nexthop via 10.7.0.3 dev a0");

        Route listed = _kernel.GetRoutes().Single(route => route.Destination == IpPrefix.Parse("10.98.0.0/16"));
        Assert.Equal((link.Index, IpAddress.Parse("10.7.0.2")), (listed.OutInterface, listed.Gateway));
        Assert.Contains(_kernel.LookupRoute(IpAddress.Parse("10.98.1.1"))!.Gateway.ToString(), new[] { "10.7.0.2", "10.7.0.3" });
    }

    [Fact]
    public void ReplaceRoute_IPv4ViaIPv6Router_KeepsTheRouter()
    {
        Link link = AddPair("a0", "a1");
        _kernel.AddAddress(link.Index, IpAddress.Parse("fd07::1"), 64);
        Route route = new()
        {
            Destination = IpPrefix.Parse("10.99.0.0/16"),
            OutInterface = link.Index,
            Gateway = IpAddress.Parse("fd07::9"),
        };
        _kernel.ReplaceRoute(route);
        Assert.Equal(route.Gateway, _kernel.GetRoutes().Single(r => r.Destination == route.Destination).Gateway);
    }

    [Fact]
    public void LookupRoute_ArrivingOnInterface_FollowsItsRule()
    {
        Link link = AddPair("a0", "a1");
        Link other = AddPair("b0", "b1");
        _kernel.AddAddress(link.Index, IpAddress.Parse("10.7.0.1"), 24);
        _node.Exec("sysctl -qw net.ipv4.ip_forward=1");
        _node.Ip("route add 10.80.0.0/16 dev a0");
        _node.Ip("route add 10.80.0.0/16 dev b0 table 77");
        _node.Ip("rule add iif a0 lookup 77");

        IpAddress destination = IpAddress.Parse("10.80.1.1");
        Assert.Equal(link.Index, _kernel.LookupRoute(destination)!.OutInterface);
        Route arriving = _kernel.LookupRoute(destination, IpAddress.Parse("10.7.0.5"), link.Index)!;
        Assert.Equal((other.Index, 77u), (arriving.OutInterface, arriving.Table));
    }

    [Theory]
    [InlineData("blackhole", "10.66.0.0/16", "10.66.1.1")]
    [InlineData("unreachable", "10.66.0.0/16", "10.66.1.1")]
    [InlineData("prohibit", "10.66.0.0/16", "10.66.1.1")]
    [InlineData("blackhole", "fd66::/64", "fd66::1")]
    [InlineData("unreachable", "fd66::/64", "fd66::1")]
    [InlineData("prohibit", "fd66::/64", "fd66::1")]
    public void LookupRoute_RouteThatRefuses_IsNone(string type, string prefix, string address)
    {
        _node.Ip($"route add {type} {prefix}");
        Assert.Null(_kernel.LookupRoute(IpAddress.Parse(address)));
    }

    [Fact]
    public void GetRoutes_MoreThanOneDatagram_AllAreThere()
    {
        Link link = AddPair("a0", "a1");
        const int count = 2000;
        for (int i = 0; i < count; i++)
        {
            _kernel.ReplaceRoute(new Route { Destination = new IpPrefix(IpAddress.V4(0x0b000000u + (uint)i), 32), OutInterface = link.Index, Scope = 253 });
        }

        Assert.Equal(count, _kernel.GetRoutes(IpFamily.IPv4).Count(route => route.Destination.Length == 32 && route.OutInterface == link.Index && route.Table == Route.MainTable));
    }

    [Theory]
    [InlineData("10.7.0.9")]
    [InlineData("fd07::9")]
    public void ReplaceNeighbour_Permanent_IsReadAndGoes(string text)
    {
        Link link = AddPair("a0", "a1");
        IpAddress address = IpAddress.Parse(text);
        MacAddress mac = MacAddress.Parse("02:00:0a:00:00:09");
        _kernel.ReplaceNeighbour(link.Index, address, mac);
        Assert.Equal(new Neighbour(link.Index, address, mac, NeighbourStates.Permanent), _kernel.GetNeighbour(link.Index, address));
        Assert.Contains(_kernel.GetNeighbours(address.Family), neighbour => neighbour.Address == address);

        _kernel.DeleteNeighbour(link.Index, address);
        Assert.False(_kernel.GetNeighbour(link.Index, address) is { IsValid: true });
    }

    [Fact]
    public void ReplaceRoute_ForeignSource_RefusedInTheKernelsWords()
    {
        Link link = AddPair("a0", "a1");
        NetlinkException refusal = Assert.Throws<NetlinkException>(() => _kernel.ReplaceRoute(new Route
        {
            Destination = IpPrefix.Parse("10.96.0.0/16"),
            OutInterface = link.Index,
            PreferredSource = IpAddress.Parse("192.0.2.1"),
        }));
        Assert.Equal(22, refusal.Errno);
        Assert.False(string.IsNullOrEmpty(refusal.KernelText));
        Assert.Contains(refusal.KernelText, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("10.96.0.0/16", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_AfterARefusal_StillPairsAnswers()
    {
        for (int i = 0; i < 20; i++)
        {
            Assert.Throws<NetlinkException>(() => _kernel.DeleteLink(12345));
            Assert.Equal("lo", _kernel.GetLink(1)!.Name);
        }
    }

    private Link AddPair(string name, string peer)
    {
        _kernel.AddVethPair(new VethEnd(name), new VethEnd(peer));
        Link link = _kernel.GetLink(name)!;
        _kernel.SetFlags(link.Index, LinkFlags.Up);
        _kernel.SetFlags(link.PeerIndex, LinkFlags.Up);
        return link;
    }
}
