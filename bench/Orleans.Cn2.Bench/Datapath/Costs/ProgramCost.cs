using System.Collections.Immutable;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Bench.Datapath.Traffic;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Bench.Datapath.Costs;

/// <summary>
/// The program alone (BPF_PROG_TEST_RUN), by the kernel's clock. A repeat sees the frame that the one before it left: the measured path leads to the
/// FloatingIP itself, so that a translated packet is again a packet of its flow.
/// </summary>
internal sealed class ProgramCost : IAsyncDisposable
{
    private const ushort Port = 9_000;
    private const int Repeats = 250; // the hop limit of 255 lasts for them
    private static readonly Guid Service = new("a5a5c8a2-6d3c-4a5b-8f0a-3c1d2e4f5a6b");

    private readonly TestNetwork _net = new("cn2bench-program");
    private readonly EbpfPlane _plane;
    private readonly uint _interface;
    private readonly byte[] _output = new byte[512];
    private int _nextPort = 1_024;

    /// <param name="otherServices">Services in the tables beside the measured one.</param>
    public ProgramCost(int otherServices = 0)
    {
        _net.Add("node");
        _net.Ip("node", "link add cn2p0 type veth peer name cn2q0");
        _interface = uint.Parse(_net.Exec("node", "sh", "-c", "ip -o link show dev cn2p0 | cut -d: -f1"), null);
        _plane = EbpfPlane.Open(new EbpfOptions { Capacity = OtherServices.Room(otherServices), RejectsPerSecond = 100, ExpiryPeriod = TimeSpan.FromDays(1) });
        _plane.Configure(new NodeSettings(
            [IpPrefix.Parse("10.96.0.0/15"), IpPrefix.Parse("fd00:96::/108")], [], [], new UInt128(0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321)));
        IpAddress[] targets = [.. Enum.GetValues<IpFamily>().Select(BenchNetwork.FloatingIp)];
        _plane.Connect(new NodeNetwork(
            DeliveryMode.Fast, 0, [new PlaneInterface((int)_interface, InterfaceRole.Pod, CheckSource: false, [])],
            new KnownHops(targets.ToImmutableDictionary(
                address => address, _ => new NextHop(HopKind.Local, (int)_interface, new LinkAddresses(0x02aa_0000_000a, 0x02bb_0000_000a))))));
        _plane.Apply(new TableChange(0, Complete: true,
            [
                new ServiceTable(Service, new NamespacedName("default", "loop"), 1,
                    [
                        .. targets.Select(address => new Frontend(
                            address, TransportProtocol.Udp, Port, TableIds.OfFrontend(Service, address.Family, TransportProtocol.Udp, Port), FrontendFlags.None, 0,
                            [new EcmpPath(address, Port, 1, PathState.Active, 1)]))
                    ])
            ], []));
        OtherServices.Load(_plane, otherServices);
    }

    /// <summary>Mean ns of a packet of an established flow.</summary>
    public double Established(IpFamily family)
    {
        byte[] forward = Frames.Udp(BenchNetwork.ClientAddress(family), BenchNetwork.FloatingIp(family), Port, 23_456);
        byte[] reply = Frames.Udp(BenchNetwork.FloatingIp(family), BenchNetwork.ClientAddress(family), 23_456, Port);
        Send(forward);
        Send(reply);
        return MedianOf(forward);
    }

    /// <summary>Mean ns of a packet between addresses that no Service has.</summary>
    public double PasserBy(IpFamily family) =>
        MedianOf(Frames.Udp(BenchNetwork.ClientAddress(family), BenchNetwork.BackEndAddress(0, family), Port, 23_456));

    /// <summary>Median ns of the first packet of a flow.</summary>
    public double NewFlow(IpFamily family)
    {
        byte[] frame = Frames.Udp(BenchNetwork.ClientAddress(family), BenchNetwork.FloatingIp(family), Port);
        return MedianOf(4_000, () =>
        {
            _nextPort = _nextPort == ushort.MaxValue ? 1_024 : _nextPort + 1;
            Frames.SetSourcePort(frame, family, (ushort)_nextPort);
            return Measure(frame, 1);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _plane.DisposeAsync();
        _net.Dispose();
    }

    private double MedianOf(byte[] frame) => MedianOf(400, () => Measure(frame, Repeats));

    /// <summary>All runs in one stay in the network: what entering it leaves of the caches is not the program's cost.</summary>
    private double MedianOf(int runs, Func<uint> measure) =>
        _net.In("node").Run(() => (double)Enumerable.Range(0, runs).Select(_ => measure()).Order().ElementAt(runs / 2));

    private void Send(byte[] frame) => _net.In("node").Run(() => Measure(frame, 1));

    private uint Measure(byte[] frame, int repeat)
    {
        SkBuff context = new() { Interface = _interface };
        return TestRun.OnFrame(_plane.Path.Ingress, frame, _output, ref context, repeat).Nanoseconds;
    }
}
