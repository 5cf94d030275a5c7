using Orleans.Cn2.Bench.Datapath.Traffic;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Bench.Datapath.Network;

/// <summary>The eBPF engine, attached to the node by itself.</summary>
internal sealed class Cn2Contestant : Contestant
{
    private static readonly Guid ServiceUid = new("6f3c1b52-0d0e-4c5a-9d3e-1f2a3b4c5d6e");

    public Cn2Contestant(DeliveryMode mode, int otherServices = 0, EbpfCapacity? capacity = null)
        : base((mode == DeliveryMode.Fast ? "cn2 fast" : "cn2 stack") + (otherServices == 0 ? "" : $", {otherServices:#,0} services"), $"{(mode == DeliveryMode.Fast ? "fast" : "stack")}{otherServices}")
    {
        Plane = Network.In(BenchNetwork.Node).Run(() => EbpfPlane.Open(new EbpfOptions
        {
            Capacity = capacity ?? OtherServices.Room(otherServices),
            Interfaces = new InterfacePatterns { PodSide = ["cn2p*"], Uplinks = [] },
            Mode = mode,
        }));
        Plane.Configure(new NodeSettings(
            [IpPrefix.Parse("10.96.0.0/15"), IpPrefix.Parse("fd00:96::/108")],
            [IpAddress.Parse("192.0.2.1"), IpAddress.Parse("2001:db8:1::1")],
            [],
            new UInt128(0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321)));
        Plane.Apply(new TableChange(0, Complete: true, [Service(BenchNetwork.BackEnds.Length)], []));
        OtherServices.Load(Plane, otherServices);
    }

    /// <summary>A million established flows find room.</summary>
    public static EbpfCapacity ManyFlows { get; } = new() { Flows = 2_400_000, EmbryonicFlows = 524_288 };

    public EbpfPlane Plane { get; }

    /// <summary>The measured Service with its first paths only.</summary>
    public static ServiceTable Service(int paths) => new(
        ServiceUid, new NamespacedName("default", "bench"), 1,
        [
            .. from family in Enum.GetValues<IpFamily>()
               from protocol in new[] { TransportProtocol.Udp, TransportProtocol.Tcp }
               select new Frontend(
                   BenchNetwork.FloatingIp(family), protocol, BenchNetwork.Port, TableIds.OfFrontend(ServiceUid, family, protocol, BenchNetwork.Port),
                   FrontendFlags.None, 0,
                   [.. Enumerable.Range(0, paths).Select(i => new EcmpPath(BenchNetwork.BackEndAddress(i, family), BenchNetwork.Port, 1, PathState.Active, 7 + (ulong)i))])
        ]);

    public override void Establish(IpFamily family, int firstPort, int flows) =>
        EstablishFrom(BenchNetwork.ClientAddress(family), firstPort, flows);

    /// <summary>Runs each flow's first packet and its answer through the programs: then it is established.</summary>
    public void EstablishFrom(IpAddress client, int firstPort, int flows)
    {
        IpFamily family = client.Family;
        uint[] interfaces = [.. Enumerable.Range(0, 3).Select(i => (uint)Network.LinkOf(BenchNetwork.Node, $"cn2p{i}").Index)];
        byte[] forward = Frames.Udp(client, BenchNetwork.FloatingIp(family), BenchNetwork.Port);
        byte[][] replies = [.. Enumerable.Range(0, 2).Select(i => Frames.Udp(BenchNetwork.BackEndAddress(i, family), client, 0, BenchNetwork.Port))];
        byte[] output = new byte[256];
        Network.In(BenchNetwork.Node).Run(() =>
        {
            for (int i = 0; i < flows; i++)
            {
                Frames.SetSourcePort(forward, family, (ushort)(firstPort + i));
                SkBuff context = new() { Interface = interfaces[0] };
                TestRun.OnFrame(Plane.Path.Ingress, forward, output, ref context);
                EcmpPath path = Plane.ReadPath(Chosen(context) - 1);
                int backEnd = path.Address == BenchNetwork.BackEndAddress(0, family) ? 0 : 1;
                Frames.SetDestinationPort(replies[backEnd], family, (ushort)(firstPort + i));
                SkBuff back = new() { Interface = interfaces[1 + backEnd] };
                TestRun.OnFrame(Plane.Path.Ingress, replies[backEnd], output, ref back);
            }
        });
    }

    public override async ValueTask DisposeAsync()
    {
        await Plane.DisposeAsync();
        await base.DisposeAsync();
    }

    private static unsafe uint Chosen(SkBuff context) => context.Control[2];
}
