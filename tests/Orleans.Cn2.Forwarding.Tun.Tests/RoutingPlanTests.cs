using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Tun.Routing;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Tun.Tests;

public sealed class RoutingPlanTests
{
    private static readonly RoutingSpec DualStack = new(
        [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/108")],
        [IpAddress.Parse("172.18.0.2"), IpAddress.Parse("fd00:18::2")],
        [IpAddress.Parse("10.244.1.1"), IpAddress.Parse("fd00:244:0:1::1")],
        NodeDevice: 30,
        [new CapturedInterface(2, "eth0", 31, []), new CapturedInterface(7, "cn2pa", 32, [])]);

    [Fact]
    public void Plan_DualStack_LeadsEachInterfaceIntoATableOfItsOwnInBothFamilies()
    {
        RoutingPlan plan = RoutingPlan.Of(DualStack);

        string[] expected =
        [
            "100: IPv4 lookup 255",
            "97: IPv4 iif eth0 to 10.244.1.1/32 lookup 194000002", "193: IPv4 iif eth0 lookup 194000002",
            "97: IPv4 iif cn2pa to 10.244.1.1/32 lookup 194000007", "193: IPv4 iif cn2pa lookup 194000007",
            "100: IPv6 lookup 255",
            "97: IPv6 iif eth0 to fd00:244:0:1::1/128 lookup 194000002", "193: IPv6 iif eth0 lookup 194000002",
            "97: IPv6 iif cn2pa to fd00:244:0:1::1/128 lookup 194000007", "193: IPv6 iif cn2pa lookup 194000007",
        ];
        Assert.Equal(expected, plan.Rules.Select(rule => rule.ToString()));
        Assert.Equal(
            [("0.0.0.0/0", 31, 194_000_002u), ("0.0.0.0/0", 32, 194_000_007u), ("::/0", 31, 194_000_002u), ("::/0", 32, 194_000_007u)],
            plan.Routes.Select(route => (route.Destination.ToString(), route.OutInterface, route.Table)));
        Assert.All(plan.Rules, rule => Assert.Equal(Route.OwnProtocol, rule.Owner));
        Assert.All(plan.Routes, route => Assert.Equal(Route.OwnProtocol, route.Protocol));
    }

    [Fact]
    public void Plan_WithoutSnatAddress_LeavesTheLocalTableWhereItIs()
    {
        RoutingPlan plan = RoutingPlan.Of(DualStack with { SnatAddresses = [IpAddress.Parse("10.244.1.1")] });

        Assert.Contains(plan.Rules, rule => rule == RoutingPlan.MovedLocal(IpFamily.IPv4));
        Assert.All(plan.Rules.Where(rule => rule.Family == IpFamily.IPv6), rule => Assert.Equal(RoutingPlan.AfterLocal, rule.Preference));
    }

    [Fact]
    public void Plan_OneFamilyOfServices_TouchesNothingOfTheOther() =>
        Assert.DoesNotContain(
            RoutingPlan.Of(DualStack with { ServiceSubnets = [IpPrefix.Parse("10.96.0.0/16")] }).Rules, rule => rule.Family == IpFamily.IPv6);

    [Fact]
    public void Plan_SnatAddressOnTheInterfaceItself_LeavesArpAndNeighbourDiscoveryAlone()
    {
        CapturedInterface gateway = new(7, "cn2pa", 32, [.. DualStack.SnatAddresses]);

        ImmutableArray<RoutingRule> rules = RoutingPlan.Of(DualStack with { Captured = [gateway] }).Rules;

        byte[] ProtocolsOf(IpFamily family) => [.. rules.Where(rule => rule.Family == family && rule.Preference == RoutingPlan.BeforeLocal).Select(rule => rule.IpProtocol)];
        Assert.Equal([IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Sctp, IpProtocol.Icmp], ProtocolsOf(IpFamily.IPv4));
        Assert.Equal([IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Sctp], ProtocolsOf(IpFamily.IPv6));
    }
}
