using System.Collections.Immutable;
using System.Net.Sockets;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class DeliveryProbeTests : IDisposable
{
    private readonly TestNamespace _node = new();
    private readonly RtNetlink _kernel;

    public DeliveryProbeTests()
    {
        _node.Ip("link add eth0 type veth peer name x0");
        _node.Ip("link add veth1 type veth peer name x1");
        _kernel = _node.In(RtNetlink.Open);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void Probe_UntouchedNode_IsFastAndCreatesNoTable()
    {
        Assert.Equal(DeliveryMode.Fast, Probe().Mode);
        Assert.Equal(DeliveryMode.Fast, Probe().Mode);
        Assert.Empty(_node.Exec("cat /proc/net/ip_tables_names /proc/net/ip6_tables_names").Trim());
    }

    [Theory]
    [InlineData("table inet f { chain guard { type filter hook forward priority 0; ct state invalid drop; }; }", "inet f guard")]
    [InlineData("table ip f { chain guard { type filter hook forward priority 0; policy drop; }; }", "ip f guard")]
    [InlineData("table ip6 f { chain guard { type filter hook forward priority 0; ip6 daddr fd01::5 drop; }; }", "ip6 f guard")]
    [InlineData("table inet f { chain pre { type filter hook prerouting priority raw; ip saddr 10.0.0.1 drop; }; }", "inet f pre")]
    [InlineData("table inet f { chain sub { drop; }; chain guard { type filter hook forward priority 0; jump sub; }; }", "inet f guard")]
    [InlineData("table netdev f { chain entry { type filter hook ingress device eth0 priority 0; drop; }; }", "netdev f entry")]
    [InlineData("table netdev f { chain entry { type filter hook ingress devices = { x0, veth1 } priority 0; drop; }; }", "netdev f entry")]
    [InlineData("table netdev f { chain leave { type filter hook egress device eth0 priority 0; drop; }; }", "netdev f leave")]
    [InlineData("table inet f { chain entry { type filter hook ingress device eth0 priority 0; drop; }; }", "inet f entry")]
    public void Probe_GuardingChain_IsStackAndNamesIt(string ruleset, string chain)
    {
        _node.Nft(ruleset);
        DeliveryDecision decision = Probe();
        Assert.Equal(DeliveryMode.Stack, decision.Mode);
        Assert.Contains(chain, Assert.Single(decision.Reasons), StringComparison.Ordinal);
        _node.Exec("nft flush ruleset");
        Assert.Equal(DeliveryMode.Fast, Probe().Mode);
    }

    [Theory]
    [InlineData("table ip n { chain post { type nat hook postrouting priority srcnat; masquerade; }; }")]
    [InlineData("table inet f { chain entry { type filter hook input priority 0; policy drop; ct state established accept; }; }")]
    [InlineData("table inet f { chain guard { type filter hook forward priority 0; }; }")]
    [InlineData("table inet f { chain unused { drop; }; }")]
    [InlineData("table netdev f { chain entry { type filter hook ingress device x0 priority 0; drop; }; }")]
    [InlineData("table bridge f { chain guard { type filter hook forward priority 0; drop; }; }")]
    public void Probe_ChainThatGuardsNotTheWay_IsFast(string ruleset)
    {
        _node.Nft(ruleset);
        DeliveryDecision decision = Probe();
        Assert.True(decision.Mode == DeliveryMode.Fast, decision.ToString());
    }

    [Fact]
    public void Probe_BridgeChainAndABridgePort_IsStack()
    {
        _node.Nft("table bridge f { chain guard { type filter hook forward priority 0; drop; }; }");
        _node.Ip("link add br0 type bridge");
        _node.Ip("link set veth1 master br0");
        Assert.Contains("bridge f guard", Assert.Single(Probe().Reasons), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, "ip filter (legacy) FORWARD")]
    [InlineData(AddressFamily.InterNetworkV6, "ip6 filter (legacy) FORWARD")]
    public void Probe_LegacyPolicyDrops_IsStack(AddressFamily family, string chain)
    {
        _node.In(() => LegacyTable.SetForwardPolicy(family, drop: true));
        DeliveryDecision decision = Probe();
        Assert.Equal(DeliveryMode.Stack, decision.Mode);
        Assert.Contains(chain, Assert.Single(decision.Reasons), StringComparison.Ordinal);

        _node.In(() => LegacyTable.SetForwardPolicy(family, drop: false));
        Assert.Equal(DeliveryMode.Fast, Probe().Mode);
    }

    [Theory]
    [InlineData("qdisc add dev eth0 clsact", "filter add dev eth0 ingress protocol ip u32 match u32 0 0 flowid 1:1", "tc ingress filter of kind u32 on eth0")]
    [InlineData("qdisc add dev veth1 clsact", "filter add dev veth1 egress protocol ip u32 match u32 0 0 flowid 1:1", "tc egress filter of kind u32 on veth1")]
    [InlineData("qdisc add dev eth0 ingress", "filter add dev eth0 parent ffff: protocol ip u32 match u32 0 0 flowid 1:1", "tc ingress filter of kind u32 on eth0")]
    public void Probe_TrafficControlFilter_IsStack(string qdisc, string filter, string reason)
    {
        _node.Exec($"tc {qdisc}");
        Assert.Equal(DeliveryMode.Fast, Probe().Mode);
        _node.Exec($"tc {filter}");
        Assert.Equal([reason], Probe().Reasons);
    }

    [Theory]
    [InlineData("veth1", "tbf rate 1mbit burst 10k latency 50ms", DeliveryMode.Stack)]
    [InlineData("eth0", "tbf rate 1mbit burst 10k latency 50ms", DeliveryMode.Fast)]
    [InlineData("veth1", "pfifo", DeliveryMode.Fast)]
    public void Probe_RootQueue_OnlyShapingTowardsAPodGuards(string device, string qdisc, DeliveryMode mode)
    {
        _node.Exec($"tc qdisc add dev {device} root {qdisc}");
        DeliveryDecision decision = Probe();
        Assert.True(decision.Mode == mode, decision.ToString());
    }

    [Theory]
    [InlineData(true, "ingress", "tcx ingress program")]
    [InlineData(false, "egress", "tcx egress program")]
    public void Probe_TcxProgram_CountsUnlessOurs(bool ingress, string direction, string reason)
    {
        int index = _kernel.GetLink("veth1")!.Index;
        using TcxProgram program = _node.In(() => TcxProgram.Attach(index, ingress));
        DeliveryDecision foreign = Probe();
        Assert.Equal(DeliveryMode.Stack, foreign.Mode);
        Assert.Contains($"{reason} {program.Id} ", Assert.Single(foreign.Reasons), StringComparison.Ordinal);
        Assert.Equal(DeliveryMode.Fast, Probe(id => id == program.Id).Mode);
        Assert.Contains(direction, foreign.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Probe_InterfaceThatWent_IsNoGuard()
    {
        ImmutableArray<NodeInterface> interfaces = Interfaces();
        _node.Ip("link del veth1");
        DeliveryDecision decision = _node.In(() => new DeliveryProbe(_kernel, _ => false).Probe(interfaces));
        Assert.True(decision.Mode == DeliveryMode.Fast, decision.ToString());
    }

    private DeliveryDecision Probe(Func<uint, bool>? isOwn = null) =>
        _node.In(() => new DeliveryProbe(_kernel, isOwn ?? (_ => false)).Probe(Interfaces()));

    private ImmutableArray<NodeInterface> Interfaces()
    {
        InterfaceSet set = new(new InterfacePatterns());
        set.Reset(_kernel.GetLinks());
        return set.Attached;
    }
}
