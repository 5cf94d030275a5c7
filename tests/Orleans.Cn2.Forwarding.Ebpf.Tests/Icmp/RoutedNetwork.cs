using System.Net.Sockets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Icmp;

/// <summary>
/// A node with two pods and two uplinks. Behind each uplink is a router: beyond one a client (the guest), beyond the other a VMI of another node (remote).
/// <code>
/// guest -- gate -- node -- exit -- remote
///                 |    |
///               client server
/// </code>
/// </summary>
public sealed class RoutedNetwork : IDisposable
{
    private const int DefaultMtu = 1500;
    private static readonly Guid ServiceUid = new("21111111-2222-3333-4444-555555555555");

    private readonly TestNetwork _net = new("bpf-routed");
    private readonly HashSet<(string Host, string Link)> _changed = [];
    private bool _offloads = true;

    public RoutedNetwork()
    {
        _net.Add("node", "client", "server", "gate", "guest", "exit", "remote");
        AddPod("client", 2);
        AddPod("server", 3);
        AddRouter("gate", "up0", 1, "guest");
        AddRouter("exit", "up1", 2, "remote");
        _net.Ip("node", "addr add 192.0.2.1/32 dev lo", "addr add 2001:db8:1::1/128 dev lo");
        foreach (string router in new[] { "node", "gate", "exit" })
        {
            _net.Set(router, "net/ipv4/ip_forward", "1");
            _net.Set(router, "net/ipv6/conf/all/forwarding", "1");
        }
    }

    public TestNetwork Net => _net;

    public static IpAddress FloatingIp(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "10.96.0.10" : "fd00:96::10");

    public static IpAddress Node(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "192.0.2.1" : "2001:db8:1::1");

    /// <summary>Address of a namespace at the far end.</summary>
    public static IpAddress Of(string name, IpFamily family) => name switch
    {
        "client" => Address(family, 0, 2),
        "server" => Address(family, 0, 3),
        "guest" => Address(family, 1, 2),
        "remote" => Address(family, 2, 2),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such host"),
    };

    /// <summary>Address of a router's side towards the node.</summary>
    public static IpAddress Router(string name, IpFamily family) => IpAddress.Parse(
        family == IpFamily.IPv4 ? $"172.16.{(name == "gate" ? 1 : 2)}.2" : $"fd00:172:{(name == "gate" ? 1 : 2)}::2");

    /// <summary>A plane that finds the interfaces itself and has one service of both families with the named host as its only back end.</summary>
    internal EbpfPlane Open(DeliveryMode mode, string backEnd) => _net.In("node").Run(() =>
    {
        EbpfPlane plane = EbpfPlane.Open(new EbpfOptions
        {
            Capacity = EbpfEngine.Small,
            Interfaces = new InterfacePatterns { PodSide = ["cn2p*"], Uplinks = ["up*"] },
            Mode = mode,
        });
        plane.Configure(new NodeSettings(
            [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/112")],
            [Node(IpFamily.IPv4), Node(IpFamily.IPv6)],
            [],
            new UInt128(1, 2)));
        Assert.Empty(plane.Apply(new TableChange(0, Complete: true, [Service(backEnd)], [])));
        return plane;
    });

    public Socket Socket(string name, IpFamily family, SocketType type, ProtocolType protocol) => _net.In(name).CreateSocket(
        family == IpFamily.IPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, type, protocol);

    /// <summary>Begins a test: every link carries 1,500 bytes, no host remembers what it learned.</summary>
    public void Reset()
    {
        foreach ((string host, string link) in _changed)
        {
            _net.Ip(host, $"link set {link} mtu {DefaultMtu}");
        }

        _changed.Clear();
        foreach (string host in (string[])["client", "server", "guest", "remote", "node"])
        {
            _net.Exec(host, "ip", "-4", "route", "flush", "cache");
            _net.Exec(host, "ip", "-6", "route", "flush", "cache");
        }
    }

    /// <summary>Sets what the near end of a link carries; the far end is told nothing.</summary>
    public void SetMtu(string host, string link, int mtu)
    {
        _net.Ip(host, $"link set {link} mtu {mtu}");
        _changed.Add((host, link));
    }

    /// <summary>Turns segmentation and merging off or on at all ends, so that packets are seen one by one or as super-packets.</summary>
    public void SetOffloads(bool on)
    {
        if (_offloads == on)
        {
            return;
        }

        _offloads = on;
        string state = on ? "on" : "off";
        foreach ((string name, string link) in new[]
        {
            ("node", "cn2p2"), ("node", "cn2p3"), ("node", "up0"), ("node", "up1"), ("client", "eth0"), ("server", "eth0"),
            ("gate", "north"), ("gate", "south"), ("guest", "eth0"), ("exit", "north"), ("exit", "south"), ("remote", "eth0"),
        })
        {
            _net.Exec(name, "ethtool", "-K", link, "tso", state, "gso", state, "gro", state);
        }
    }

    public void Dispose() => _net.Dispose();

    private static IpAddress Address(IpFamily family, int net, int host) => IpAddress.Parse(
        family == IpFamily.IPv4 ? $"10.244.{net}.{host}" : $"fd00:244:{net}::{host}");

    private static ServiceTable Service(string backEnd)
    {
        Frontend Make(IpFamily family, TransportProtocol protocol, ushort port, ushort target) => new(
            FloatingIp(family), protocol, port, TableIds.OfFrontend(ServiceUid, family, protocol, port), FrontendFlags.None, 0,
            [new EcmpPath(Of(backEnd, family), target, 1, PathState.Active, 7)]);
        return new ServiceTable(ServiceUid, new NamespacedName("default", "web"), 1,
        [
            Make(IpFamily.IPv4, TransportProtocol.Tcp, 80, 8080), Make(IpFamily.IPv4, TransportProtocol.Udp, 53, 5353),
            Make(IpFamily.IPv6, TransportProtocol.Tcp, 80, 8080), Make(IpFamily.IPv6, TransportProtocol.Udp, 53, 5353),
        ]);
    }

    private void AddPod(string name, int host)
    {
        _net.Veth("node", $"cn2p{host}", name, "eth0");
        _net.Ip(name,
            $"addr add 10.244.0.{host}/32 dev eth0", $"addr add fd00:244:0::{host}/128 dev eth0",
            "route add 169.254.1.1 dev eth0", "route add default via 169.254.1.1", "route add fd00:ffff::1 dev eth0", "route add default via fd00:ffff::1");
        _net.Ip("node",
            $"addr add 169.254.1.1/32 dev cn2p{host}", $"addr add fd00:ffff::1/128 dev cn2p{host}",
            $"route add 10.244.0.{host} dev cn2p{host}", $"route add fd00:244:0::{host} dev cn2p{host}");
    }

    private void AddRouter(string name, string uplink, int net, string beyond)
    {
        _net.Veth("node", uplink, name, "north");
        _net.Veth(name, "south", beyond, "eth0");
        _net.Ip("node",
            $"addr add 172.16.{net}.1/24 dev {uplink}", $"addr add fd00:172:{net}::1/64 dev {uplink}",
            $"route add 10.244.{net}.0/24 via 172.16.{net}.2", $"route add fd00:244:{net}::/64 via fd00:172:{net}::2");
        _net.Ip(name,
            $"addr add 172.16.{net}.2/24 dev north", $"addr add fd00:172:{net}::2/64 dev north",
            $"addr add 10.244.{net}.1/24 dev south", $"addr add fd00:244:{net}::1/64 dev south",
            $"route add default via 172.16.{net}.1", $"route add default via fd00:172:{net}::1");
        _net.Ip(beyond,
            $"addr add 10.244.{net}.2/24 dev eth0", $"addr add fd00:244:{net}::2/64 dev eth0",
            $"route add default via 10.244.{net}.1", $"route add default via fd00:244:{net}::1");
    }
}

/// <summary>Tests that share the network, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class RoutedNetworkTests : ICollectionFixture<RoutedNetwork>
{
    public const string Name = "routed network";
}
