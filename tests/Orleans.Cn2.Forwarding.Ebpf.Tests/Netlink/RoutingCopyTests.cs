using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.NextHops;
using Orleans.Cn2.Netlink.Routing;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

/// <summary>The copy of the routing beside the kernel that it is a copy of.</summary>
public sealed class RoutingCopyTests : IDisposable
{
    private readonly TestNamespace _node = new();
    private readonly RtNetlink _kernel;

    public RoutingCopyTests()
    {
        foreach (string link in (string[])["up0", "up1"])
        {
            _node.Ip($"link add {link} type veth peer name {link}far");
            _node.Ip($"link set {link} up");
            _node.Ip($"link set {link}far up");
        }

        _node.Ip("addr add 10.0.0.1/24 dev up0");
        _node.Ip("addr add fd01::1/64 dev up0 nodad");
        _node.Ip("addr add 10.9.0.1/24 dev up1");
        _kernel = _node.In(RtNetlink.Open);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void TryFind_RoutesOfEveryKind_AnswersAsTheKernelOrNotAtAll()
    {
        foreach (string route in (string[])
        [
            "default via 10.0.0.254", "10.2.0.0/16 via 10.0.0.2", "10.2.3.0/24 dev up1", "10.2.3.4/32 via 10.9.0.2", "10.2.4.0/24 dev up0 metric 5",
            "10.2.4.0/24 dev up1 metric 3", "blackhole 10.3.0.0/16", "unreachable 10.4.0.0/16", "prohibit 10.5.0.0/16", "throw 10.6.0.0/16",
            "10.7.0.0/16 nexthop via 10.0.0.3 nexthop via 10.9.0.3", "10.8.0.0/16 tos 0x10 via 10.9.0.4", "local 10.10.0.0/16 dev lo",
            "10.10.5.0/24 via 10.0.0.5", "10.11.0.0/16 dev up1 table 253",
        ])
        {
            _node.Ip("route add " + route);
        }

        foreach (string route in (string[])["default via fd01::fe", "fd02::/64 via fd01::2", "fd02::5/128 dev up1", "fd03::/64 dev up0 metric 5", "fd03::/64 dev up1 metric 9", "unreachable fd04::/64"])
        {
            _node.Ip("-6 route add " + route);
        }

        RouteTables tables = Copy();
        int known = 0;
        foreach (string text in (string[])
        [
            "198.51.100.1", "10.0.0.1", "10.0.0.7", "10.0.0.255", "10.2.0.1", "10.2.3.1", "10.2.3.4", "10.2.4.1", "10.3.0.1", "10.4.0.1", "10.5.0.1", "10.6.0.1",
            "10.7.0.1", "10.8.0.1", "10.9.0.9", "10.10.1.1", "10.10.5.1", "10.11.0.1", "127.0.0.1", "fd01::1", "fd01::7", "fd02::1", "fd02::5", "fd03::1", "fd04::1", "fd05::1", "fe80::1",
        ])
        {
            IpAddress address = IpAddress.Parse(text);
            if (tables.TryFind(address, out Route? route))
            {
                known++;
                Route? asked = _kernel.LookupRoute(address);
                Assert.True(
                    (route?.Type, route?.Gateway) == (asked?.Type, asked?.Gateway)
                    && (route is null || route.Type == RouteType.Local || route.OutInterface == asked!.OutInterface), $"{text}: {route}, the kernel says {asked}");
            }
        }

        Assert.Equal(19, known);
    }

    [Theory]
    [InlineData("iif up0 lookup 7", RuleEffect.None)]
    [InlineData("iif lo lookup 7", RuleEffect.Unknown)]
    [InlineData("fwmark 0x1 lookup 7", RuleEffect.None)]
    [InlineData("fwmark 0x10/0xf0 lookup 7", RuleEffect.None)]
    [InlineData("not fwmark 0x1 lookup 7", RuleEffect.Unknown)]
    [InlineData("fwmark 0/0x1 lookup 7", RuleEffect.Lookup)]
    [InlineData("to 10.2.0.0/16 lookup 7", RuleEffect.Unknown)]
    [InlineData("from 10.2.0.0/16 lookup 7", RuleEffect.Unknown)]
    [InlineData("oif up0 lookup 7", RuleEffect.Unknown)]
    [InlineData("ipproto tcp lookup 7", RuleEffect.Unknown)]
    [InlineData("lookup 7 suppress_prefixlength 0", RuleEffect.Unknown)]
    [InlineData("unreachable", RuleEffect.Unknown)]
    [InlineData("lookup 7", RuleEffect.Lookup)]
    public void GetLookupRules_RuleBeforeMain_SaysWhatItMeansAndTheCopyAgreesWithTheKernel(string rule, RuleEffect effect)
    {
        _node.Ip("route add default via 10.0.0.254");
        _node.Ip("route add default dev up1 table 7");
        _node.Ip("rule add pref 100 " + rule);
        Assert.Equal(effect, _kernel.GetLookupRules(IpFamily.IPv4)[1].Effect);
        IpAddress address = IpAddress.Parse("10.2.0.1");
        if (Copy().TryFind(address, out Route? route))
        {
            Assert.Equal(_kernel.LookupRoute(address)?.OutInterface, route?.OutInterface);
        }
    }

    [Fact]
    public void Node_OfAResolver_IsTheKernelsAtOnceAndReadAgainOnlyWhenItChanged()
    {
        using NextHopResolver resolver = _node.In(() => NextHopResolver.Open(_ => { }));
        IpAddress remote = IpAddress.Parse("10.2.0.1");
        NodeSnapshot none = resolver.Node;
        Assert.Equal(NextHopStatus.Unroutable, none.Find(remote).Status);
        Assert.Same(none, resolver.Node);
        _node.Ip("route add 10.2.0.0/16 via 10.0.0.2");
        Assert.Equal(_kernel.GetLink("up0")!.Index, resolver.Node.Find(remote).LinkIndex);
        _node.Ip("route replace 10.2.0.0/16 dev up1");
        Assert.Equal(_kernel.GetLink("up1")!.Index, resolver.Node.Find(remote).LinkIndex);

        // Its routes fall with it, without a word of their own.
        _node.Ip("link set up1 down");
        Assert.Equal(NextHopStatus.Unroutable, resolver.Node.Find(remote).Status);
        _node.Ip("rule add pref 100 lookup 7");
        _node.Ip("route add 10.2.0.0/16 dev up0 table 7");
        Assert.Equal(NextHopStatus.Resolved, resolver.Node.Find(remote).Status);
    }

    private RouteTables Copy() => RouteTables.Of(_kernel.GetLookupRules(IpFamily.IPv4), _kernel.GetLookupRules(IpFamily.IPv6), _kernel.GetRoutes());
}
