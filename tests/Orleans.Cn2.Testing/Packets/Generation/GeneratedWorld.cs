using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>A dual-stack node with pods here, elsewhere, in the host's network and nowhere, and services that change at random over them.</summary>
public sealed class GeneratedWorld(Random random)
{
    public const int FirstPod = 10;
    public const int LocalPods = 4;

    /// <summary>The pod of this node whose MAC is not known yet.</summary>
    public const int FreshPod = LocalPods - 1;
    public const int Uplink = 20;
    public const int NodeStack = 30;
    public const int NodePair = 31;
    public const int HoldInterface = 40;
    public const int Services = 12;

    /// <summary>Ports of services, with their targets 8000 above.</summary>
    public static readonly ImmutableArray<ushort> Ports = [53, 80, 443];

    private readonly ulong[] _vmis = new ulong[256];

    public static NodeSettings Settings => new(
        [IpPrefix.Parse("10.96.0.0/24"), IpPrefix.Parse("10.97.0.0/28"), IpPrefix.Parse("fd00:96::/112")],
        [IpAddress.Parse("192.168.1.1"), IpAddress.Parse("fd00:1::1")],
        [IpAddress.Parse("10.244.1.1"), IpAddress.Parse("fd00:244:1::1")],
        new UInt128(0x1122334455667788, 0x99aabbccddeeff00));

    /// <summary>Index of every interface that has a hook.</summary>
    public static ImmutableArray<int> Interfaces { get; } = [.. Enumerable.Range(FirstPod, LocalPods), Uplink, NodePair];

    /// <summary>A pod's address: 0..3 are here, 4..7 on another node, 8 is the node itself, 9 is nowhere.</summary>
    public static IpAddress Pod(IpFamily family, int pod) => IpAddress.Parse(pod switch
    {
        < LocalPods => family == IpFamily.IPv4 ? $"10.244.1.{10 + pod}" : $"fd00:244:1::{10 + pod}",
        < 8 => family == IpFamily.IPv4 ? $"10.244.2.{10 + pod}" : $"fd00:244:2::{10 + pod}",
        8 => family == IpFamily.IPv4 ? "192.168.1.1" : "fd00:1::1",
        _ => family == IpFamily.IPv4 ? "10.244.9.9" : "fd00:244:9::9",
    });

    /// <summary>A FloatingIP. The last lies in no service subnet, as an external address does.</summary>
    public static IpAddress Fip(IpFamily family, int service) => IpAddress.Parse(service == Services - 1
        ? (family == IpFamily.IPv4 ? "198.51.100.1" : "2001:db8:5::1")
        : (family == IpFamily.IPv4 ? $"10.96.0.{10 + service}" : $"fd00:96::{10 + service}"));

    public static NodeNetwork Network(DeliveryMode mode, bool holds = true)
    {
        ImmutableDictionary<IpAddress, NextHop>.Builder hops = ImmutableDictionary.CreateBuilder<IpAddress, NextHop>();
        foreach (IpFamily family in (IpFamily[])[IpFamily.IPv4, IpFamily.IPv6])
        {
            for (int pod = 0; pod < 8; pod++)
            {
                hops[Pod(family, pod)] = pod == FreshPod ? new NextHop(HopKind.LocalNeighbour, FirstPod + pod, default)
                    : pod < LocalPods
                    ? new NextHop(HopKind.Local, FirstPod + pod, new LinkAddresses(0x02aa_0000_0000ul + (uint)pod, 0x02bb_0000_0000ul + (uint)pod))
                    : new NextHop(HopKind.Neighbour, Uplink, default);
            }
        }

        return new NodeNetwork(
            mode,
            NodeStack,
            [
                .. Enumerable.Range(0, LocalPods).Select(pod => new PlaneInterface(
                    FirstPod + pod, InterfaceRole.Pod, pod != 0, [Pod(IpFamily.IPv4, pod), Pod(IpFamily.IPv6, pod)])),
                new(Uplink, InterfaceRole.Uplink, false, []),
                new(NodePair, InterfaceRole.Node, false, []),
            ],
            new KnownHops(hops.ToImmutable()))
        {
            HoldInterface = holds ? HoldInterface : 0,
            Mtus = ImmutableDictionary<int, int>.Empty
                .Add(FirstPod, 1500).Add(FirstPod + 1, 1300).Add(FirstPod + 2, 9000).Add(FirstPod + 3, 1200).Add(Uplink, 1400).Add(NodeStack, 1500),
        };
    }

    /// <summary>A change: some services replaced or deleted, now and then all.</summary>
    public TableChange NextChange()
    {
        int[] touched = [.. Enumerable.Range(0, Services).Where(_ => random.Next(4) == 0)];
        int[] deleted = [.. touched.Where(_ => random.Next(6) == 0)];
        return new TableChange(
            0,
            Complete: random.Next(30) == 0,
            [.. touched.Except(deleted).Select(Service)],
            [.. deleted.Select(Uid)]);
    }

    /// <summary>All services.</summary>
    public TableChange FirstTables() => new(0, Complete: true, [.. Enumerable.Range(0, Services).Select(Service)], []);

    private ServiceTable Service(int service)
    {
        FrontendFlags flags = (random.Next(4) == 0 ? FrontendFlags.LocalOnly : 0) | (random.Next(4) == 0 ? FrontendFlags.ClientIpAffinity : 0);
        ImmutableArray<Frontend>.Builder frontends = ImmutableArray.CreateBuilder<Frontend>();
        foreach (IpFamily family in (IpFamily[])[IpFamily.IPv4, IpFamily.IPv6])
        {
            foreach (TransportProtocol protocol in (TransportProtocol[])[TransportProtocol.Tcp, TransportProtocol.Udp, TransportProtocol.Sctp])
            {
                foreach (ushort port in Ports.Where(_ => random.Next(8) != 0))
                {
                    frontends.Add(new Frontend(
                        Fip(family, service), protocol, port, TableIds.OfFrontend(Uid(service), family, protocol, port), flags,
                        flags.HasFlag(FrontendFlags.ClientIpAffinity) ? 10_800u : 0, Paths(family, port)));
                }
            }
        }

        return new ServiceTable(Uid(service), new NamespacedName("default", $"svc-{service}"), 1, frontends.ToImmutable());
    }

    private ImmutableArray<EcmpPath> Paths(IpFamily family, ushort port)
    {
        int most = random.Next(3) switch { 0 => 0, 1 => 1, _ => 5 };
        return
        [
            .. Enumerable.Range(0, most).Select(_ => random.Next(10)).Distinct()
                .Select(pod => new EcmpPath(
                    Pod(family, pod), (ushort)(8000 + port), (ushort)random.Next(1, 4),
                    (PathState)Math.Max(1, random.Next(-4, 4)), Vmi(pod)))
                .Order(Comparer<EcmpPath>.Create(PathOrder.Compare)),
        ];
    }

    // Now and then another VMI takes a pod's address.
    private ulong Vmi(int pod) => _vmis[pod] = _vmis[pod] == 0 || random.Next(40) == 0 ? (ulong)random.NextInt64(1, long.MaxValue) : _vmis[pod];

    private static Guid Uid(int service) => new(service + 1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]);
}
