using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Tun.Devices;
using Orleans.Cn2.Forwarding.Tun.Routing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Forwarding.Tun.Tests;

/// <summary>Against the kernel, in a namespace of its own.</summary>
public sealed class NodeRoutingTests : IDisposable
{
    private const string Node = "node";
    private readonly TestNetwork _network = new("cn2-tunrouting");
    private readonly RtNetlink _kernel;
    private readonly TunDevice _device;
    private readonly NodeRouting _routing;
    private readonly RoutingSpec _spec;

    public NodeRoutingTests()
    {
        _network.Add(Node, "other");
        _network.Veth(Node, "eth0", "other", "eth0");
        _network.Ip(Node, "addr add 172.18.0.2/24 dev eth0");
        _network.Ip(Node, "addr add fd00:18::2/64 dev eth0 nodad");
        // Others' rules and routes, also such that look like ours.
        _network.Ip(Node, "rule add pref 97 to 192.0.2.9 lookup 77");
        _network.Ip(Node, "rule add pref 10 from 192.0.2.8 lookup local");
        _network.Ip(Node, "route add 192.0.2.0/24 dev eth0 table 194000099");
        (_kernel, _device) = _network.In(Node).Run(() =>
        {
            RtNetlink kernel = RtNetlink.Open();
            TunDevice device = TunDevice.Create("cn2m0", kernel);
            DeviceSettings.Apply(device, 1500, kernel, new Sysctl());
            return (kernel, device);
        });
        _routing = new NodeRouting(_kernel);
        int eth0 = _kernel.GetLink("eth0")!.Index;
        _spec = new RoutingSpec(
            [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/108")],
            [IpAddress.Parse("172.18.0.2"), IpAddress.Parse("fd00:18::2")],
            [IpAddress.Parse("10.244.1.1"), IpAddress.Parse("fd00:244:0:1::1")],
            _device.Index,
            [new CapturedInterface(eth0, "eth0", _device.Index, [])]);
    }

    public void Dispose()
    {
        _device.Dispose();
        _kernel.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void Apply_Twice_DoesNothingTheSecondTime()
    {
        Assert.NotEmpty(_routing.Apply(_spec).Done);
        Assert.Empty(_routing.Apply(_spec).Done);
    }

    [Fact]
    public void Apply_WithSnatAddresses_LooksForThemBeforeTheNodesOwn()
    {
        _routing.Apply(_spec);

        foreach (IpFamily family in (IpFamily[])[IpFamily.IPv4, IpFamily.IPv6])
        {
            IReadOnlyList<RoutingRule> rules = _kernel.GetRules(family);
            Assert.Equal(RoutingPlan.LocalPreference, Assert.Single(rules, rule => rule is { Table: RoutingRule.LocalTable, IsPlain: true }).Preference);
        }
    }

    [Fact]
    public void Clear_AfterApply_LeavesTheRulesThatWereThere()
    {
        RoutingRule[] Rules() => [.. _kernel.GetRules(IpFamily.IPv4), .. _kernel.GetRules(IpFamily.IPv6)];
        RoutingRule[] before = Rules();
        _routing.Apply(_spec);

        _routing.Clear();

        Assert.Equal(before, Rules());
    }

    [Fact]
    public void Apply_InterfaceGone_TakesItsRulesBackAndLeavesOthers()
    {
        _routing.Apply(_spec);

        _routing.Apply(_spec with { Captured = [] });

        Assert.DoesNotContain(_kernel.GetRules(IpFamily.IPv4), rule => rule.InInterface == "eth0");
        Assert.Contains(_kernel.GetRules(IpFamily.IPv4), rule => rule.Table == 77);
        Assert.Contains(_kernel.GetRoutes(), route => route.Table == 194_000_099);
        Assert.DoesNotContain(_kernel.GetRoutes(), route => route.Protocol == Route.OwnProtocol && route.Table == RoutingPlan.FirstTable + (uint)_kernel.GetLink("eth0")!.Index);
    }

    [Fact]
    public void Apply_SubnetOfSomebodyElse_IsToldAndLeftAlone()
    {
        _network.Ip(Node, "route add 10.96.0.0/16 dev eth0");

        Assert.Equal("10.96.0.0/16", Assert.Single(_routing.Apply(_spec).Unserved).Subnet.ToString());
    }
}
