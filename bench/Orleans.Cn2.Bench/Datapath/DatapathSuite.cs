using Orleans.Cn2.Bench.Datapath.Costs;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Bench.Datapath.Peers;
using Orleans.Cn2.Bench.Datapath.WorkerProcess;
using Orleans.Cn2.Bench.Figures;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Bench.Datapath;

/// <summary>The data path beside what users run today, in one run.</summary>
internal sealed class DatapathSuite(SuiteRun run, string workerBinary)
{
    private const int ManyFlows = 60_000;
    private static readonly int[] ManagedFlows = [1, 100_000];
    private static readonly int[] GrowingFlows = [1, 1_000, 10_000, ManyFlows];
    private static readonly int[] GrowingServices = [1, 1_000, 10_000, 30_000];
    private static readonly IpFamily[] Families = Enum.GetValues<IpFamily>();

    /// <summary>Parts by name, in the order of the report.</summary>
    public IReadOnlyDictionary<string, Func<Task>> Parts => new Dictionary<string, Func<Task>>
    {
        ["forwarding"] = ForwardingAsync,
        ["program"] = ProgramAsync,
        ["connections"] = ConnectionsAsync,
        ["services"] = ServicesAsync,
        ["growth"] = GrowthAsync,
        ["tables"] = TablesAsync,
        ["flows"] = FlowsAsync,
        ["managed"] = ManagedAsync,
        ["worker"] = WorkerAsync,
    };

    private static string VersionOf(IpFamily family) => family == IpFamily.IPv4 ? "v4" : "v6";

    private async Task ForwardingAsync()
    {
        await using Routed routed = new();
        await using IptablesContestant iptables = new(3);
        await using NftablesContestant nftables = new(3);
        await using Cn2Contestant fast = new(DeliveryMode.Fast);
        await using Cn2Contestant stack = new(DeliveryMode.Stack);
        Contestant[] all = [routed, iptables, nftables, fast, stack];
        ForwardingCost forwarding = new(run.Round);
        foreach ((IpFamily family, int flows) in from family in Families from flows in new[] { 1, ManyFlows } select (family, flows))
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
            string what = $"small packet, established, {(flows == 1 ? "1 flow" : $"{flows:#,0} flows")}, {VersionOf(family)}";
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
                    $"a packet that is not ours, added, {VersionOf(family)}", rounds.Of("passer-by").Map(ns => ns - rounds.Of(routed.Name).Median), "ns", Target: 60));
            }
        }
    }

    private async Task ProgramAsync()
    {
        await using ProgramCost program = new();
        foreach (IpFamily family in Families)
        {
            Rounds rounds = new();
            run.Interleave(rounds, () =>
            {
                rounds.Add("established", program.Established(family));
                rounds.Add("new", program.NewFlow(family));
                rounds.Add("passer-by", program.PasserBy(family));
            });
            bool v4 = family == IpFamily.IPv4;
            run.Report(new Figure($"program alone, established, {VersionOf(family)}", rounds.Of("established"), "ns", Target: v4 ? 100 : 110));
            run.Report(new Figure($"program alone, new flow, {VersionOf(family)}", rounds.Of("new"), "ns", Target: v4 ? 1_100 : 1_400));
            run.Report(new Figure($"program alone, not ours, {VersionOf(family)}", rounds.Of("passer-by"), "ns"));
        }
    }

    private async Task ConnectionsAsync()
    {
        await using Routed routed = new();
        await using IptablesContestant few = new(3);
        await using IptablesContestant many = new(10_000);
        await using NftablesContestant nftables = new(1_000);
        await using Cn2Contestant fast = new(DeliveryMode.Fast, capacity: Cn2Contestant.ManyFlows);
        ConnectionCost cost = new(run.Round);
        foreach (IpFamily family in Families)
        {
            Rounds opened = new();
            run.Interleave(opened, () =>
            {
                foreach (Contestant each in new Contestant[] { few, many, nftables, fast })
                {
                    opened.Add(each.Name, cost.NewConnections(each, family));
                }
            });
            string what = $"new TCP connections per CPU-second, {VersionOf(family)}";
            run.Report(new Figure(what, opened.Of(fast.Name), "1/s", few.Name, opened.Of(few.Name), 1.15, Better.Higher));
            run.Report(new Figure(what, opened.Of(fast.Name), "1/s", many.Name, opened.Of(many.Name), 1.45, Better.Higher));
            run.Report(new Figure(what, opened.Of(fast.Name), "1/s", nftables.Name, opened.Of(nftables.Name)));
            Rounds sent = new();
            run.Interleave(sent, () =>
            {
                sent.Add(routed.Name, cost.Bulk(routed, family) / 1e9);
                sent.Add(fast.Name, cost.Bulk(fast, family) / 1e9);
            });
            run.Report(new Figure(
                $"TCP bulk (GSO) per CPU-second, {VersionOf(family)}", sent.Of(fast.Name), "GB/s", routed.Name, sent.Of(routed.Name), 0.9, Better.Higher));
        }
    }

    private async Task ServicesAsync()
    {
        await using ProgramCost one = new();
        await using ProgramCost many = new(30_000);
        Rounds program = new();
        run.Interleave(program, () =>
        {
            program.Add("one", one.Established(IpFamily.IPv4));
            program.Add("many", many.Established(IpFamily.IPv4));
        });
        run.Report(new Figure("program alone, established, 30,000 services loaded", program.Of("many"), "ns", "1 service", program.Of("one"), 1.1));

        await using Cn2Contestant alone = new(DeliveryMode.Fast);
        await using Cn2Contestant full = new(DeliveryMode.Fast, 30_000);
        ConnectionCost cost = new(run.Round);
        Rounds opened = new();
        run.Interleave(opened, () =>
        {
            opened.Add("one", cost.NewConnections(alone, IpFamily.IPv4));
            opened.Add("many", cost.NewConnections(full, IpFamily.IPv4));
        });
        run.Report(new Figure(
            "new TCP connections per CPU-second, 30,000 services loaded", opened.Of("many"), "1/s", "1 service", opened.Of("one"), 1 / 1.15, Better.Higher));
    }

    /// <summary>What the plots of docs/performance.md show.</summary>
    private async Task GrowthAsync()
    {
        foreach (int services in GrowingServices)
        {
            await using ProgramCost program = new(services - 1);
            Rounds rounds = new();
            run.Interleave(rounds, () =>
            {
                rounds.Add("established", program.Established(IpFamily.IPv4));
                rounds.Add("new", program.NewFlow(IpFamily.IPv4));
            });
            run.Report(new Figure($"program alone, established, {services:#,0} services", rounds.Of("established"), "ns"));
            run.Report(new Figure($"program alone, new flow, {services:#,0} services", rounds.Of("new"), "ns"));
        }

        await using Routed routed = new();
        await using IptablesContestant iptables = new(3);
        await using Cn2Contestant fast = new(DeliveryMode.Fast);
        Contestant[] all = [routed, iptables, fast];
        ForwardingCost forwarding = new(run.Round);
        foreach (int flows in GrowingFlows)
        {
            fast.Establish(IpFamily.IPv4, ForwardingCost.FirstPort, flows);
            Rounds rounds = new();
            run.Interleave(rounds, () =>
            {
                rounds.Add("generator", forwarding.Generator(routed, IpFamily.IPv4, flows));
                foreach (Contestant each in all)
                {
                    rounds.Add(each.Name, forwarding.Once(each, IpFamily.IPv4, flows));
                }
            });
            Samples Net(string name) => rounds.Of(name).Map(ns => ns - rounds.Of("generator").Median);
            foreach (Contestant peer in new Contestant[] { routed, iptables })
            {
                run.Report(new Figure($"small packet, established, v4, {flows:#,0} flows in turn: fast", Net(fast.Name), "ns", peer.Name, Net(peer.Name)));
            }
        }
    }

    private async Task TablesAsync()
    {
        Rounds rounds = new();
        IReadOnlyList<byte[]> snapshots = TableCost.Snapshots(10_000, 20);
        for (int i = 0; i < Math.Min(run.Count, 5); i++)
        {
            await using EbpfPlane plane = EbpfPlane.Open(new EbpfOptions());
            rounds.Add("stream", TableCost.FromStream(plane, snapshots));
            for (int service = 0; service < 100; service++)
            {
                (double state, double block, double removal) = TableCost.OneService(plane, service);
                rounds.Add("state", state);
                rounds.Add("block", block);
                rounds.Add("removal", removal);
            }

            rounds.Add("slots", plane.ReadStatus().SlotsUsed * 4.0 / (1 << 20));
        }

        run.Report(new Figure("one service of 20 paths changed: state of a path", rounds.Of("state"), "us", Target: 30));
        run.Report(new Figure("one service of 20 paths changed: with a new Maglev block", rounds.Of("block"), "us", Target: 150));
        run.Report(new Figure("one service of 20 paths changed: a path removed, until no packet is under way to it", rounds.Of("removal"), "us"));
        run.Report(new Figure("10,000 services x 20 paths from stream to programmed", rounds.Of("stream"), "s", Target: 1.5));
        run.Report(new Figure("slots of 10,000 services x 20 paths", rounds.Of("slots"), "MiB", Target: 100));
    }

    private async Task FlowsAsync()
    {
        await using Cn2Contestant fast = new(DeliveryMode.Fast, capacity: Cn2Contestant.ManyFlows);
        FlowLoad.Fill(fast, 1_000_000);
        // Scans of so many flows are half a minute apart: several of them, or chance decides how many are seen.
        double share = FlowLoad.ShareOfCore(fast, TimeSpan.FromSeconds(120));
        run.Report(new Figure("expiry and counters with 1,000,000 flows", Samples.Of(share * 100), "% of a core", Target: 3));
        run.Report(new Figure("memory of a flow entry", Samples.Of(FlowLoad.BytesPerEntry(fast.Plane)), "B", Target: 200));
        foreach (IpFamily family in Families)
        {
            Rounds rounds = new();
            run.Interleave(rounds, () => rounds.Add(VersionOf(family), FlowLoad.RemovePath(fast, family, run.Round)));
            run.Report(new Figure($"a path removed under traffic, 1,000,000 flows: last packet to it, {VersionOf(family)}", rounds.Of(VersionOf(family)), "ms", Target: 1));
        }
    }

    private async Task ManagedAsync()
    {
        foreach ((IpFamily family, int flows) in from family in Families from flows in ManagedFlows select (family, flows))
        {
            await using ManagedCost cost = new(family, flows);
            cost.WarmUp();
            Rounds rounds = new();
            run.Interleave(rounds, () =>
            {
                (double nanoseconds, double bytes) = cost.Once();
                rounds.Add("ns", nanoseconds);
                rounds.Add("bytes", bytes);
            });
            string what = $"managed engine in memory, {(flows == 1 ? "1 flow" : $"{flows:#,0} flows")}, {VersionOf(family)}";
            run.Report(new Figure(what, rounds.Of("ns"), "ns", Target: flows == 1 ? 15 : 30));
            run.Report(new Figure(what + ", allocated", rounds.Of("bytes"), "B/packet", Target: 0));
        }
    }

    private async Task WorkerAsync()
    {
        Rounds rounds = new();
        for (int i = 0; i < Math.Min(run.Count, 5); i++)
        {
            WorkerCost cost = await WorkerCost.MeasureAsync(workerBinary);
            rounds.Add("idle", cost.Idle);
            rounds.Add("full", cost.Full);
            rounds.Add("programmed", cost.Programmed);
            rounds.Add("programmed cpu", cost.ProgrammedCpu);
            rounds.Add("adopted", cost.Adopted);
            rounds.Add("adopted cpu", cost.AdoptedCpu);
        }

        run.Report(new Figure("worker's own memory, idle", rounds.Of("idle"), "MiB", Target: 40));
        run.Report(new Figure("worker's own memory, 10,000 services x 20 paths", rounds.Of("full"), "MiB", Target: 120));
        run.Report(new Figure("worker started until 10,000 services x 20 paths are acknowledged", rounds.Of("programmed"), "s"));
        run.Report(new Figure("the same, CPU of the worker", rounds.Of("programmed cpu"), "s"));
        run.Report(new Figure("worker started until it has taken over pinned maps of 10,000 services x 20 paths", rounds.Of("adopted"), "ms", Target: 300));
        run.Report(new Figure("taken over, CPU of the worker", rounds.Of("adopted cpu"), "ms"));
    }
}
