using Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class DeliveryRulesTests
{
    private static readonly DeliveryObservation Clear = new() { Interfaces = ["eth0", "veth1"] };

    public static TheoryData<string, DeliveryObservation, DeliveryMode> Cases => new()
    {
        { "nothing on the node", Clear, DeliveryMode.Fast },
        { "empty forward chain that accepts", With(Chain(NetfilterHook.Forward)), DeliveryMode.Fast },
        { "forward chain with a rule", With(Chain(NetfilterHook.Forward, rules: 1)), DeliveryMode.Stack },
        { "forward chain that drops by default", With(Chain(NetfilterHook.Forward, drops: true)), DeliveryMode.Stack },
        { "IPv6 forward chain with a rule", With(Chain(NetfilterHook.Forward, family: "ip6", rules: 1)), DeliveryMode.Stack },
        { "inet forward chain with a rule", With(Chain(NetfilterHook.Forward, family: "inet", rules: 1)), DeliveryMode.Stack },
        { "input chain with rules", With(Chain(NetfilterHook.Input, rules: 9, drops: true)), DeliveryMode.Fast },
        { "output chain with rules", With(Chain(NetfilterHook.Output, rules: 9)), DeliveryMode.Fast },
        { "prerouting filter with a rule", With(Chain(NetfilterHook.Prerouting, rules: 1)), DeliveryMode.Stack },
        { "postrouting filter with a rule", With(Chain(NetfilterHook.Postrouting, rules: 1)), DeliveryMode.Stack },
        { "masquerading", With(Chain(NetfilterHook.Postrouting, type: "nat", rules: 3)), DeliveryMode.Fast },
        { "port forwarding", With(Chain(NetfilterHook.Prerouting, type: "nat", rules: 3)), DeliveryMode.Fast },
        { "arp filter", With(Chain(NetfilterHook.Forward, family: "arp", rules: 3)), DeliveryMode.Fast },
        { "bridge filter without a bridge port", With(Chain(NetfilterHook.Forward, family: "bridge", rules: 3)), DeliveryMode.Fast },
        { "bridge filter with a bridge port", With(Chain(NetfilterHook.Forward, family: "bridge", rules: 3)) with { HasBridgePort = true }, DeliveryMode.Stack },
        { "ingress chain on our interface", With(Chain(NetfilterHook.Ingress, family: "netdev", rules: 1, device: "eth0")), DeliveryMode.Stack },
        { "egress chain on our interface", With(Chain(NetfilterHook.Egress, family: "netdev", rules: 1, device: "veth1")), DeliveryMode.Stack },
        { "ingress chain elsewhere", With(Chain(NetfilterHook.Ingress, family: "netdev", rules: 1, device: "eth9")), DeliveryMode.Fast },
        { "tc filter", Clear with { Filters = [new("eth0", "ingress", "u32")] }, DeliveryMode.Stack },
        { "program of others", Clear with { Programs = [new("eth0", "egress", 7)] }, DeliveryMode.Stack },
        { "plain queue towards a pod", Clear with { PodSideQueues = [new("veth1", "fq_codel")] }, DeliveryMode.Fast },
        { "shaper towards a pod", Clear with { PodSideQueues = [new("veth1", "tbf")] }, DeliveryMode.Stack },
        { "something unreadable", Clear with { Unreadable = ["nf_tables: no"] }, DeliveryMode.Stack },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Decide_ANode_FastOnlyWhereNothingGuards(string because, DeliveryObservation seen, DeliveryMode mode)
    {
        DeliveryDecision decision = DeliveryRules.Decide(seen);
        Assert.True(decision.Mode == mode, $"{because}: {decision}");
        Assert.NotEmpty(decision.Reasons);
    }

    [Fact]
    public void Decide_SeveralGuards_NamesEach()
    {
        DeliveryDecision decision = DeliveryRules.Decide(Clear with
        {
            Chains = [Chain(NetfilterHook.Forward, rules: 2, drops: true)],
            Filters = [new("eth0", "ingress", "bpf")],
            Programs = [new("veth1", "egress", 7)],
            PodSideQueues = [new("veth1", "tbf")],
            Unreadable = ["ip_tables: no"],
        });
        Assert.Equal(
            [
                "netfilter chain ip filter guard (hook Forward) holds 2 rules and drops by default",
                "tc ingress filter of kind bpf on eth0",
                "tcx egress program 7 of another owner on veth1",
                "queueing discipline tbf shapes veth1",
                "cannot tell whether the way is guarded: ip_tables: no",
            ],
            decision.Reasons);
    }

    private static DeliveryObservation With(NetfilterChain chain) => Clear with { Chains = [chain] };

    private static NetfilterChain Chain(
        NetfilterHook hook, string family = "ip", string type = "filter", int rules = 0, bool drops = false, string? device = null) =>
        new(family, "filter", "guard", hook, type, drops, rules, device is null ? [] : [device]);
}
