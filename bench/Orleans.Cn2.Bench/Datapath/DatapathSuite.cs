using Orleans.Cn2.Bench.Datapath.Costs;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Bench.Datapath.Peers;
using Orleans.Cn2.Bench.Figures;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Bench.Datapath;

/// <summary>The data path beside what users run today, in one run.</summary>
internal sealed class DatapathSuite(SuiteRun run)
{
    private const int ManyFlows = 60_000;

    public async Task RunAsync()
    {
        if (run.Wants("forwarding"))
        {
            await ForwardingAsync();
        }
    }

    private async Task ForwardingAsync()
    {
        await using Routed routed = new();
        await using IptablesContestant iptables = new(3);
        await using NftablesContestant nftables = new(3);
        await using Cn2Contestant fast = new(DeliveryMode.Fast);
        await using Cn2Contestant stack = new(DeliveryMode.Stack);
        Contestant[] all = [routed, iptables, nftables, fast, stack];
        ForwardingCost forwarding = new(run.Round);
        foreach (IpFamily family in Enum.GetValues<IpFamily>())
        {
            string version = family == IpFamily.IPv4 ? "v4" : "v6";
            foreach (int flows in new[] { 1, ManyFlows })
            {
                fast.Establish(family, ForwardingCost.FirstPort, flows);
                stack.Establish(family, ForwardingCost.FirstPort, flows);
                Rounds rounds = new();
                run.Interleave(rounds, () =>
                {
                    rounds.Add("generator", forwarding.Generator(routed, family, flows));
                    foreach (Contestant each in all)
                    {
                        rounds.Add(each.Name, forwarding.Once(each, family, flows));
                    }

                    rounds.Add("passer-by", forwarding.Once(fast, family, flows, routed.Target(family)));
                });
                Samples Net(string name) => rounds.Of(name).Map(ns => ns - rounds.Of("generator").Median);

                string what = $"small packet, established, {(flows == 1 ? "1 flow" : $"{flows:#,0} flows")}, {version}";
                double target = (family, flows) switch { (IpFamily.IPv4, 1) => 0.55, (IpFamily.IPv4, _) => 0.90, (_, 1) => 0.58, _ => 0.95 };
                run.Report(new Figure($"{what}: fast", Net(fast.Name), "ns", routed.Name, Net(routed.Name), target));
                run.Report(new Figure($"{what}: fast", Net(fast.Name), "ns", iptables.Name, Net(iptables.Name), 0.5));
                run.Report(new Figure($"{what}: fast", Net(fast.Name), "ns", nftables.Name, Net(nftables.Name), 0.5));
                if (flows == 1)
                {
                    run.Report(new Figure($"{what}: stack", Net(stack.Name), "ns", routed.Name, Net(routed.Name), 1.25));
                    run.Report(new Figure($"{what}: stack", Net(stack.Name), "ns", iptables.Name, Net(iptables.Name), 1));
                    run.Report(new Figure($"{what}: stack", Net(stack.Name), "ns", nftables.Name, Net(nftables.Name), 1));
                    run.Report(new Figure(
                        $"a packet that is not ours, added, {version}",
                        rounds.Of("passer-by").Map(ns => ns - rounds.Of(routed.Name).Median), "ns", Target: 60));
                }
            }
        }
    }
}
