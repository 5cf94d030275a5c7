using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Bench.Datapath.Traffic;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Bench.Datapath.Costs;

/// <summary>
/// CPU of a small UDP packet of an established flow from the client's interface to the back end's: generator, way and drop, less what generator and
/// drop take when the packet ends at the node's interface already.
/// </summary>
internal sealed class ForwardingCost(TimeSpan round)
{
    public const int FirstPort = 1_024;
    private const int GeneratorCpu = 0;

    /// <summary>ns of CPU a delivered packet, generator included.</summary>
    /// <param name="toTarget">Address to send to instead of the contestant's own.</param>
    public double Once(Contestant contestant, IpFamily family, int flows, IpAddress? toTarget = null)
    {
        BenchNetwork net = contestant.Network;
        using Sinks sinks = Sinks.AtBackEnds(net);
        using FrameGenerator generator = Generator(net, family, flows, toTarget ?? contestant.Target(family));
        long before = sinks.Received();
        double softirqs = CpuClock.SoftirqSeconds();
        (_, double cpu) = net.In(BenchNetwork.Client).Run(() =>
        {
            CpuClock.PinThread(GeneratorCpu);
            return generator.Send(round);
        });
        long delivered = sinks.Settled() - before;
        return delivered == 0
            ? throw new InvalidOperationException($"{contestant.Name}: no packet arrived at a back end ({family}, {flows} flows)")
            : (cpu + CpuClock.SoftirqSeconds() - softirqs) / delivered * 1e9;
    }

    /// <summary>ns of CPU that generator and drop take.</summary>
    public double Generator(Contestant contestant, IpFamily family, int flows)
    {
        BenchNetwork net = contestant.Network;
        using Sinks sinks = Sinks.AtNode(net);
        using FrameGenerator generator = Generator(net, family, flows, contestant.Target(family));
        double softirqs = CpuClock.SoftirqSeconds();
        long before = sinks.Received();
        (_, double cpu) = net.In(BenchNetwork.Client).Run(() =>
        {
            CpuClock.PinThread(GeneratorCpu);
            return generator.Send(round);
        });
        return (cpu + CpuClock.SoftirqSeconds() - softirqs) / (sinks.Settled() - before) * 1e9;
    }

    public static FrameGenerator Generator(BenchNetwork net, IpFamily family, int flows, IpAddress target)
    {
        byte[] mac = new byte[MacAddress.Size];
        net.LinkOf(BenchNetwork.Node, "cn2p0").Mac.WriteBytes(mac);
        byte[] frame = Frames.Udp(BenchNetwork.ClientAddress(family), target, BenchNetwork.Port, 0, mac);
        return new FrameGenerator(frame, family == IpFamily.IPv6, net.LinkOf(BenchNetwork.Client, "eth0").Index, FirstPort, flows);
    }
}
