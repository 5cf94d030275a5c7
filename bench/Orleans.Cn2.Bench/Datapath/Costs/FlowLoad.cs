using System.Diagnostics;
using System.Globalization;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Bench.Datapath.Traffic;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Bench.Datapath.Costs;

/// <summary>What a million flows cost beside their packets.</summary>
internal static class FlowLoad
{
    private const int PortsPerClient = 60_000;

    /// <summary>Establishes so many UDP flows, from as many client addresses as they need.</summary>
    public static void Fill(Cn2Contestant contestant, int flows)
    {
        for (int client = 0; flows > 0; client++)
        {
            int now = Math.Min(flows, PortsPerClient);
            contestant.EstablishFrom(IpAddress.Parse($"10.250.0.{client + 1}"), ForwardingCost.FirstPort, now);
            flows -= now;
        }
    }

    /// <summary>Kernel memory of the table of established flows by its capacity, as the kernel accounts it.</summary>
    public static double BytesPerEntry(EbpfPlane plane)
    {
        BpfMap flows = plane.Path["flows"];
        string used = File.ReadLines($"/proc/self/fdinfo/{flows.Handle.Descriptor}").Single(line => line.StartsWith("memlock:", StringComparison.Ordinal));
        return double.Parse(used["memlock:".Length..], CultureInfo.InvariantCulture) / flows.Spec.Capacity;
    }

    /// <summary>Share of one core that expiry and the reading of all counters take.</summary>
    public static double ShareOfCore(Cn2Contestant contestant, TimeSpan watched)
    {
        double cpu = CpuClock.ProcessSeconds;
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < watched)
        {
            contestant.Plane.ReadReasons();
            contestant.Plane.ReadFrontends();
            contestant.Plane.ReadStatus();
            Thread.Sleep(1_000);
        }

        return (CpuClock.ProcessSeconds - cpu) / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>
    /// Takes a path away while packets of established flows go to it: milliseconds from then until the last packet was seen to arrive there. Not one may
    /// come after the change has returned.
    /// </summary>
    public static double RemovePath(Cn2Contestant contestant, IpFamily family, TimeSpan round)
    {
        BenchNetwork net = contestant.Network;
        contestant.Plane.Apply(new TableChange(0, Complete: true, [Cn2Contestant.Service(2)], []));
        contestant.Establish(family, ForwardingCost.FirstPort, 256);
        using Sinks sinks = Sinks.AtBackEnds(net);
        using FrameGenerator generator = ForwardingCost.Generator(net, family, 256, contestant.Target(family));
        Task sending = Task.Run(() => net.In(BenchNetwork.Client).Run(() => generator.Send(round)));
        long before = sinks.Received(BenchNetwork.BackEnds[1], "eth0");
        SpinWait.SpinUntil(() => sinks.Received(BenchNetwork.BackEnds[1], "eth0") > before + 1_000 || sending.IsCompleted);
        long start = Stopwatch.GetTimestamp();
        Task applying = Task.Run(() => contestant.Plane.Apply(new TableChange(0, Complete: true, [Cn2Contestant.Service(1)], [])));
        long seen = 0, last = start;
        while (!applying.IsCompleted)
        {
            long now = sinks.Received(BenchNetwork.BackEnds[1], "eth0");
            if (now != seen)
            {
                (seen, last) = (now, Stopwatch.GetTimestamp());
            }
        }

        applying.GetAwaiter().GetResult();
        long after = sinks.Received(BenchNetwork.BackEnds[1], "eth0");
        sending.GetAwaiter().GetResult();
        long late = sinks.Received(BenchNetwork.BackEnds[1], "eth0") - after;
        return late == 0
            ? Stopwatch.GetElapsedTime(start, last).TotalMilliseconds
            : throw new InvalidOperationException($"{late} packets reached the removed path after the change had returned");
    }
}
