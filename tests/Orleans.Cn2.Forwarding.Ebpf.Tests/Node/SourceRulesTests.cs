using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Netlink.Sources;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class SourceRulesTests
{
    private static readonly NodeInterface Pod = new(new Link { Index = 7, Name = "veth7", Kind = "veth", HardwareType = 1 }, InterfaceRole.PodSide);
    private static readonly NodeInterface Port = new(new Link { Index = 8, Name = "veth8", Kind = "veth", HardwareType = 1, MasterIndex = 3 }, InterfaceRole.PodSide);
    private static readonly NodeInterface Nested = new(new Link { Index = 9, Name = "veth9", Kind = "vxlan", HardwareType = 1, MasterIndex = 3 }, InterfaceRole.PodSide);
    private static readonly NodeInterface Uplink = new(new Link { Index = 2, Name = "eth0", HardwareType = 1 }, InterfaceRole.Uplink);

    [Theory]
    [InlineData("a routed pod of both families", "10.244.0.2/32 fd00:244::2/128", "10.244.0.2 fd00:244::2")]
    [InlineData("a second address", "10.244.0.2/32 10.244.9.9/32", "10.244.0.2 10.244.9.9")]
    [InlineData("nothing is known yet", "", "")]
    [InlineData("link-local routes tell nothing", "fe80::/64 169.254.0.0/16", "")]
    [InlineData("the gateway's own address is no pod's", "fd00:ffff::1/128 fd00:244::2/128", "fd00:244::2")]
    [InlineData("a prefix behind the pod opens its family alone", "10.244.0.2/32 10.9.0.0/24 fd00:244::2/128", "fd00:244::2")]
    public void Of_RoutesToAPod_AreItsSources(string why, string routes, string expected)
    {
        Route[] table = [.. Words(routes).Select(text => new Route { Destination = IpPrefix.Parse(text), OutInterface = 7 })];

        Assert.Equal((why, expected), (why, string.Join(' ', Of(table).GetValueOrDefault(7, []))));
    }

    [Fact]
    public void Of_RoutesElsewhere_SayNothing()
    {
        Route uplink = new() { Destination = IpPrefix.Parse("10.244.0.2/32"), OutInterface = 2 };
        Route blackhole = new() { Destination = IpPrefix.Parse("10.244.0.3/32"), OutInterface = 7, Type = RouteType.Blackhole };

        Assert.Empty(Of([uplink, blackhole]));
    }

    [Fact]
    public void Of_BridgePorts_AreCheckedByTheVmisFoundBehindThem()
    {
        ImmutableDictionary<int, ImmutableArray<IpAddress>> sources = Of([], ("10.244.0.8", 8), ("10.244.0.9", 9), ("10.244.0.7", 7));

        // Behind a port that is no veth may be many; a routed pod is known by its routes alone.
        Assert.Equal([8], sources.Keys);
        Assert.Equal("10.244.0.8", Assert.Single(sources[8]).ToString());
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static ImmutableDictionary<int, ImmutableArray<IpAddress>> Of(Route[] routes, params (string Address, int Interface)[] vmis) => SourceRules.Of(
        [Pod, Port, Nested, Uplink], routes, new HashSet<IpAddress> { IpAddress.Parse("fd00:ffff::1") },
        vmis.Select(each => (IpAddress.Parse(each.Address), each.Interface)));
}
