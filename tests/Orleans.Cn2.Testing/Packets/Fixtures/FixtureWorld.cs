using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>
/// The node of the fixtures in one family: pods A, B and C on it, the last just started, pod R on another node, a client outside. Each FloatingIP has one kind of back end, so
/// that the path a packet takes is known without a hash.
/// </summary>
public sealed class FixtureWorld(IpFamily family)
{
    public const int PodA = 10;
    public const int PodB = 11;
    public const int PodC = 12;
    public const int Uplink = 20;
    public const int NodeStack = 30;
    public const int NodePair = 31;
    public const int HoldInterface = 40;

    /// <summary>Limits that tests reach, and no end by the clock.</summary>
    public static readonly FragmentLimits Fragments = new() { Life = TimeSpan.FromDays(1), OpenPerSource = 48 };

    /// <summary>MTU of the interface to pod B; that to pod A and the node's pair carry 1500.</summary>
    public const int SmallMtu = 1460;
    public const int UplinkMtu = 1480;

    public static readonly LinkAddresses MacsToA = new(0x02aa_0000_000a, 0x02bb_0000_000a);
    public static readonly LinkAddresses MacsToB = new(0x02aa_0000_000b, 0x02bb_0000_000b);

    /// <summary>Timeout of session affinity where a service has it.</summary>
    public const uint AffinitySeconds = 100;

    /// <summary>The cluster's hash key.</summary>
    public static readonly UInt128 HashKey = new(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);

    public IpFamily Family => family;

    public string A => Pick("10.244.1.10", "fd00:244:1::10");

    public string B => Pick("10.244.1.11", "fd00:244:1::11");

    /// <summary>A pod whose MAC nobody knows yet.</summary>
    public string C => Pick("10.244.1.12", "fd00:244:1::12");

    public string Remote => Pick("10.244.2.10", "fd00:244:2::10");

    public string Lost => Pick("10.244.9.9", "fd00:244:9::9");

    public string Outside => Pick("203.0.113.7", "2001:db8::7");

    public string OutsideToo => Pick("203.0.113.8", "2001:db8::8");

    public string Node => Pick("192.168.1.1", "fd00:1::1");

    public string Snat => Pick("10.244.1.1", "fd00:244:1::1");

    /// <summary>Service port of SCTP, and where it leads.</summary>
    public const int SctpPort = 3868;
    public const int SctpTarget = 13868;

    /// <summary>To pod B, TCP 80 -> 8080, UDP 53 -> 5353 and SCTP 3868 -> 13868.</summary>
    public string Web => Fip(0x10);

    /// <summary>To pod R.</summary>
    public string Far => Fip(0x20);

    /// <summary>To pod A.</summary>
    public string Self => Fip(0x30);

    /// <summary>To the node's own address.</summary>
    public string Host => Fip(0x40);

    public string Empty => Fip(0x50);

    /// <summary>No local path, traffic policy Local.</summary>
    public string Local => Fip(0x60);

    /// <summary>To a VMI without a next hop.</summary>
    public string NoHop => Fip(0x70);

    /// <summary>With session affinity, to pod B.</summary>
    public string Sticky => Fip(0x80);

    /// <summary>To pod C.</summary>
    public string Fresh => Fip(0x90);

    /// <summary>To pod B, whose address has the same sum: translation leaves what a checksum has of the addresses as it was.</summary>
    public string Alike => Pick("10.96.1.159", "fd00:96::1c0");

    /// <summary>In the service subnet, given to nobody.</summary>
    public string Unallocated => Fip(0xee);

    public static NodeSettings Settings => new(
        [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/112")],
        [IpAddress.Parse("192.168.1.1"), IpAddress.Parse("fd00:1::1")],
        [IpAddress.Parse("10.244.1.1"), IpAddress.Parse("fd00:244:1::1")],
        HashKey);

    public NodeNetwork Network(DeliveryMode mode) => new(
        mode,
        NodeStack,
        [
            new(PodA, InterfaceRole.Pod, CheckSource: true, [IpAddress.Parse(A)]),
            // Of pod B only an address of the other family is known: this one is not checked.
            new(PodB, InterfaceRole.Pod, CheckSource: true, [IpAddress.Parse(Pick("fd00:244:1::b", "10.244.1.11"))]),
            new(PodC, InterfaceRole.Pod, CheckSource: false, []),
            new(Uplink, InterfaceRole.Uplink, CheckSource: false, []),
            new(NodePair, InterfaceRole.Node, CheckSource: false, []),
        ],
        new KnownHops(ImmutableDictionary<IpAddress, NextHop>.Empty
            .Add(IpAddress.Parse(A), new NextHop(HopKind.Local, PodA, MacsToA))
            .Add(IpAddress.Parse(B), new NextHop(HopKind.Local, PodB, MacsToB))
            .Add(IpAddress.Parse(C), new NextHop(HopKind.LocalNeighbour, PodC, default))
            .Add(IpAddress.Parse(Remote), new NextHop(HopKind.Neighbour, Uplink, default))))
    {
        HoldInterface = HoldInterface,
        Mtus = ImmutableDictionary<int, int>.Empty.Add(PodA, 1500).Add(PodB, SmallMtu).Add(Uplink, UplinkMtu).Add(NodeStack, 1500),
    };

    public TableChange Tables => new(0, Complete: true,
        [
            Service(Web, FrontendFlags.None, Path(B, 8080), Path(B, 5353)),
            Service(Far, FrontendFlags.None, Path(Remote, 8080), Path(Remote, 5353)),
            Service(Self, FrontendFlags.None, Path(A, 8080), Path(A, 5353)),
            Service(Host, FrontendFlags.None, Path(Node, 8080), Path(Node, 5353)),
            Service(Empty, FrontendFlags.None, null, null),
            Service(Local, FrontendFlags.LocalOnly, null, null),
            Service(NoHop, FrontendFlags.None, Path(Lost, 8080), Path(Lost, 5353)),
            Service(Fresh, FrontendFlags.None, Path(C, 8080), Path(C, 5353)),
            Service(Sticky, FrontendFlags.ClientIpAffinity, Path(B, 8080), Path(B, 5353)),
            Service(Alike, FrontendFlags.None, Path(B, 8080), Path(B, 5353)),
        ],
        []);

    /// <summary>A change of one service to these paths of TCP 80 and UDP 53.</summary>
    public static TableChange Change(string floatingIp, EcmpPath? tcp, EcmpPath? udp) =>
        new(0, Complete: false, [Service(floatingIp, FrontendFlags.None, tcp, udp)], []);

    /// <summary>A change of one service's flags and of the paths of all its ports; the target ports are those of the first change.</summary>
    public static TableChange Change(string floatingIp, FrontendFlags flags, params ReadOnlySpan<EcmpPath> paths)
    {
        ImmutableArray<EcmpPath> sorted = [.. paths.ToArray().Order(Comparer<EcmpPath>.Create(PathOrder.Compare))];
        return new(0, Complete: false, [Service(floatingIp, flags, sorted, [.. sorted.Select(path => path with { Port = 5353 })])], []);
    }

    public static EcmpPath Path(string address, ushort port, PathState state = PathState.Active, ulong vmi = 0) =>
        new(IpAddress.Parse(address), port, 1, state, vmi == 0 ? 1 + (ulong)(IpAddress.Parse(address).Bits & 0xffff) : vmi);

    /// <summary>An endpoint as <see cref="Packet"/> reads it.</summary>
    public string At(string address, int port) => Pick($"{address}:{port}", $"[{address}]:{port}");

    private static ServiceTable Service(string floatingIp, FrontendFlags flags, EcmpPath? tcp, EcmpPath? udp) =>
        Service(floatingIp, flags, tcp is { } one ? [one] : [], udp is { } other ? [other] : []);

    private static ServiceTable Service(string floatingIp, FrontendFlags flags, ImmutableArray<EcmpPath> tcp, ImmutableArray<EcmpPath> udp)
    {
        IpAddress address = IpAddress.Parse(floatingIp);
        Guid uid = new((int)(address.Bits & 0xffff), (short)address.Width, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
        uint affinity = flags.HasFlag(FrontendFlags.ClientIpAffinity) ? AffinitySeconds : 0;
        Frontend Make(TransportProtocol protocol, ushort port, ImmutableArray<EcmpPath> paths) => new(
            address, protocol, port, TableIds.OfFrontend(uid, address.Family, protocol, port), flags, affinity, paths);
        return new ServiceTable(
            uid,
            new NamespacedName("default", $"svc-{address.Bits & 0xff:x}"),
            1,
            [
                Make(TransportProtocol.Tcp, 80, tcp),
                Make(TransportProtocol.Udp, 53, udp),
                Make(TransportProtocol.Sctp, SctpPort, [.. tcp.Select(path => path with { Port = SctpTarget })]),
            ]);
    }

    private string Fip(int host) => Pick($"10.96.0.{host}", $"fd00:96::{host.ToString("x", CultureInfo.InvariantCulture)}");

    private string Pick(string v4, string v6) => family == IpFamily.IPv4 ? v4 : v6;
}
