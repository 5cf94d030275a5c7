using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Fragments;

/// <summary>
/// Node "one" with pods "client" and "server", node "two" with pod "remote", and "outside", a host behind node one. UDP servers in both server pods send
/// every datagram back. FIP .10 leads to "server", .20 to "remote".
/// </summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    public const int ServicePort = 53;
    private const int TargetPort = 5353;

    private readonly TestNetwork _net;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _servers = [];
    private readonly List<EbpfPlane> _planes = [];

    public TwoNodes(string prefix)
    {
        _net = new TestNetwork(prefix);
        _net.Add("one", "two", "client", "server", "remote", "outside");
        AddPod("one", "client", 0, 2);
        AddPod("one", "server", 0, 3);
        AddPod("two", "remote", 1, 4);
        _net.Veth("one", "eth0", "two", "eth0");
        _net.Veth("one", "eth1", "outside", "eth0");
        AddNode("one", 1, "route add 10.244.1.0/24 via 192.168.9.2", "route add fd00:244:1::/64 via fd00:9::2",
            "addr add 203.0.113.1/24 dev eth1", "addr add 2001:db8::1/64 dev eth1");
        AddNode("two", 2, "route add 10.244.0.0/24 via 192.168.9.1", "route add fd00:244::/64 via fd00:9::1",
            "route add 203.0.113.0/24 via 192.168.9.1", "route add 2001:db8::/64 via fd00:9::1");
        _net.Ip("outside", "addr add 203.0.113.7/24 dev eth0", "addr add 2001:db8::7/64 dev eth0",
            "route add default via 203.0.113.1", "route add default via 2001:db8::1");
        foreach (IpFamily family in Enum.GetValues<IpFamily>())
        {
            Serve("server", family);
            Serve("remote", family);
        }
    }

    public static IpAddress Fip(IpFamily family, bool remote) =>
        IpAddress.Parse(family == IpFamily.IPv4 ? $"10.96.0.{(remote ? 20 : 10)}" : $"fd00:96::{(remote ? 20 : 10)}");

    public static IpAddress Client(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "10.244.0.2" : "fd00:244::2");

    public TestNetwork Net => _net;

    /// <summary>What the planes opened here told.</summary>
    public HealthBook Health { get; } = new();

    /// <summary>Opens a plane on a node, with the services when it is node one.</summary>
    public EbpfPlane Open(string node, DeliveryMode mode, string? pinRoot = null, AttachKind attach = AttachKind.Auto)
    {
        bool one = node == "one";
        EbpfPlane plane = _net.In(node).Run(() => EbpfPlane.Open(new EbpfOptions
        {
            Capacity = EbpfEngine.Small,
            Interfaces = new InterfacePatterns { PodSide = ["cn2p*"], Uplinks = ["eth*"] },
            Mode = mode,
            PinRoot = pinRoot,
            Attach = attach,
            RepairPeriod = TimeSpan.FromMilliseconds(500),
        }, Health));
        _planes.Add(plane);
        _net.In(node).Run(() => plane.Configure(new NodeSettings(
            [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/112")],
            [IpAddress.Parse($"192.168.9.{(one ? 1 : 2)}"), IpAddress.Parse($"fd00:9::{(one ? 1 : 2)}")],
            [IpAddress.Parse(one ? "10.244.0.1" : "10.244.1.1"), IpAddress.Parse(one ? "fd00:244::1" : "fd00:244:1::1")],
            new UInt128(1, 2))));
        Assert.Empty(plane.Apply(new TableChange(0, Complete: true, [Service(remote: false), Service(remote: true)], [])));
        return plane;
    }

    /// <summary>Ends a plane; what it pinned forwards on.</summary>
    public async Task CloseAsync(EbpfPlane plane)
    {
        _planes.Remove(plane);
        await plane.DisposeAsync();
    }

    public Socket CreateSocket(string ns, IpFamily family, int port = 0)
    {
        Socket socket = _net.In(ns).CreateSocket(
            family == IpFamily.IPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        socket.ReceiveBufferSize = socket.SendBufferSize = 1 << 20;
        if (port != 0)
        {
            socket.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, port));
        }

        return socket;
    }

    /// <summary>Sends frames out of the client pod's interface as they are; the MACs are those that its packets have.</summary>
    public void SendFrames(params byte[][] frames)
    {
        byte[] macs = [.. MacOf("one", "cn2p2"), .. MacOf("client", "eth0")];
        string[] hex = [.. frames.Select(frame => Convert.ToHexString([.. macs, .. frame[12..]]))];
        _net.Exec("client", "python3", "-c",
            $"import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('eth0', 0)); [s.send(bytes.fromhex(f)) for f in '{string.Join(' ', hex)}'.split()]");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _servers.ForEach(server => server.Dispose());
        foreach (EbpfPlane plane in _planes)
        {
            await plane.DisposeAsync();
        }

        _net.Dispose();
        _stop.Dispose();
    }

    private static ServiceTable Service(bool remote)
    {
        Guid uid = new(remote ? 2 : 1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 7]);
        return new ServiceTable(uid, new NamespacedName("default", remote ? "far" : "near"), 1,
        [
            .. Enum.GetValues<IpFamily>().Select(family => new Frontend(
                Fip(family, remote), TransportProtocol.Udp, ServicePort, TableIds.OfFrontend(uid, family, TransportProtocol.Udp, ServicePort), FrontendFlags.None, 0,
                [new EcmpPath(Pod(family, remote), TargetPort, 1, PathState.Active, remote ? 4ul : 3ul)])),
        ]);
    }

    private static IpAddress Pod(IpFamily family, bool remote) => IpAddress.Parse((family, remote) switch
    {
        (IpFamily.IPv4, false) => "10.244.0.3",
        (IpFamily.IPv4, true) => "10.244.1.4",
        (_, false) => "fd00:244::3",
        (_, true) => "fd00:244:1::4",
    });

    private void AddNode(string name, int host, params string[] more)
    {
        _net.Ip(name, [$"addr add 192.168.9.{host}/24 dev eth0", $"addr add fd00:9::{host}/64 dev eth0", .. more]);
        _net.Set(name, "net/ipv4/ip_forward", "1");
        _net.Set(name, "net/ipv6/conf/all/forwarding", "1");
    }

    private void AddPod(string node, string name, int subnet, int host)
    {
        (string v4, string v6) = ($"10.244.{subnet}.{host}", subnet == 0 ? $"fd00:244::{host}" : $"fd00:244:{subnet}::{host}");
        _net.Veth(node, $"cn2p{host}", name, "eth0");
        _net.Ip(name,
            $"addr add {v4}/32 dev eth0", $"addr add {v6}/128 dev eth0",
            "route add 169.254.1.1 dev eth0", "route add default via 169.254.1.1", "route add fd00:ffff::1 dev eth0", "route add default via fd00:ffff::1");
        _net.Ip(node,
            $"addr add 169.254.1.1/32 dev cn2p{host}", $"addr add fd00:ffff::1/128 dev cn2p{host}",
            $"route add {v4} dev cn2p{host}", $"route add {v6} dev cn2p{host}");
    }

    private byte[] MacOf(string ns, string name) => _net.In(ns).Run(() =>
    {
        using RtNetlink kernel = RtNetlink.Open();
        byte[] mac = new byte[MacAddress.Size];
        kernel.GetLink(name)!.Mac.WriteBytes(mac);
        return mac;
    });

    private void Serve(string ns, IpFamily family)
    {
        Socket server = CreateSocket(ns, family, TargetPort);
        _servers.Add(server);
        _ = Task.Run(async () =>
        {
            byte[] buffer = new byte[1 << 16];
            while (!_stop.IsCancellationRequested)
            {
                SocketReceiveFromResult request = await server.ReceiveFromAsync(
                    buffer, new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0), _stop.Token);
                await server.SendToAsync(buffer.AsMemory(0, request.ReceivedBytes), request.RemoteEndPoint, _stop.Token);
            }
        });
    }
}
