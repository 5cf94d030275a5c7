using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>
/// A node with two routed pods, client and server, whose plane finds interfaces and next hops itself; servers and clients of both families.
/// </summary>
internal sealed class PodNode : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly Guid ServiceUid = new("11111111-2222-3333-4444-555555555555");

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<EbpfPlane> _planes = [];

    /// <param name="name">Prefix of the namespaces: no other test's.</param>
    /// <param name="pods">False: the test adds its pods itself.</param>
    internal PodNode(string name, bool pods = true)
    {
        Net = new TestNetwork(name);
        Net.Add("node", "client", "server");
        if (pods)
        {
            AddPod("client", 2);
            AddPod("server", 3);
        }

        Net.Ip("node", "addr add 192.0.2.1/32 dev lo", "addr add 2001:db8:1::1/128 dev lo");
        Net.Set("node", "net/ipv4/ip_forward", "1");
        Net.Set("node", "net/ipv6/conf/all/forwarding", "1");
    }

    internal TestNetwork Net { get; }

    /// <summary>What the planes opened here told.</summary>
    internal HealthBook Health { get; } = new();

    internal static NodeSettings Settings { get; } = new(
        [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/112")],
        [IpAddress.Parse("192.0.2.1"), IpAddress.Parse("2001:db8:1::1")],
        [],
        new UInt128(1, 2));

    internal static IpAddress Pod(IpFamily family, int host) => IpAddress.Parse(family == IpFamily.IPv4 ? $"10.244.0.{host}" : $"fd00:244::{host}");

    internal static IpAddress Server(IpFamily family) => Pod(family, 3);

    internal static IpAddress FloatingIp(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "10.96.0.10" : "fd00:96::10");

    internal static IpAddress Node(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "192.0.2.1" : "2001:db8:1::1");

    /// <summary>TCP/80 to 8080 and UDP/53 to 5353 of the back ends.</summary>
    internal static TableChange Service(IpFamily family, params IpAddress[] backEnds)
    {
        Frontend Make(TransportProtocol protocol, ushort port, ushort target) => new(
            FloatingIp(family), protocol, port, TableIds.OfFrontend(ServiceUid, family, protocol, port), FrontendFlags.None, 0,
            [.. backEnds.Select(address => new EcmpPath(address, target, 1, PathState.Active, 7))]);
        return new TableChange(0, Complete: true,
            [new ServiceTable(ServiceUid, new NamespacedName("default", "web"), 1, [Make(TransportProtocol.Tcp, 80, 8080), Make(TransportProtocol.Udp, 53, 5353)])], []);
    }

    /// <summary>A pod with one interface and its default routes; the node reaches it by a host route.</summary>
    internal void AddPod(string name, int host)
    {
        Net.Veth("node", $"cn2p{host}", name, "eth0");
        Net.Ip(name,
            $"addr add 10.244.0.{host}/32 dev eth0", $"addr add fd00:244::{host}/128 dev eth0",
            "route add 169.254.1.1 dev eth0", "route add default via 169.254.1.1", "route add fd00:ffff::1 dev eth0", "route add default via fd00:ffff::1");
        Net.Ip("node",
            $"addr add 169.254.1.1/32 dev cn2p{host}", $"addr add fd00:ffff::1/128 dev cn2p{host}",
            $"route add 10.244.0.{host} dev cn2p{host}", $"route add fd00:244::{host} dev cn2p{host}");
    }

    /// <summary>Opens a plane in the node's namespace.</summary>
    internal EbpfPlane Open(
        DeliveryMode? mode = null, AttachKind attach = AttachKind.Auto, string? pinRoot = null, bool configure = true,
        Func<EbpfOptions, EbpfOptions>? with = null) =>
        Net.In("node").Run(() =>
        {
            EbpfOptions options = new()
            {
                Capacity = EbpfEngine.Small,
                Interfaces = new InterfacePatterns { PodSide = ["cn2p*"], Uplinks = ["up*"] },
                Attach = attach,
                Mode = mode,
                PinRoot = pinRoot,
                RepairPeriod = TimeSpan.FromMilliseconds(500),
            };
            EbpfPlane plane = EbpfPlane.Open(with?.Invoke(options) ?? options, Health);
            if (configure)
            {
                plane.Configure(Settings);
            }

            _planes.Add(plane);
            return plane;
        });

    internal Socket CreateSocket(string ns, IpFamily family, SocketType type) => Net.In(ns).CreateSocket(
        family == IpFamily.IPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
        type,
        type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);

    /// <summary>Tells each client which address it saw, and hangs up.</summary>
    internal void ServeTcp(string ns, IpFamily family, int port = 8080)
    {
        Socket listener = Listen(ns, family, port);
        _ = Task.Run(async () =>
        {
            while (!_stop.IsCancellationRequested)
            {
                using Socket accepted = await listener.AcceptAsync(_stop.Token);
                await accepted.SendAsync(Encoding.ASCII.GetBytes($"seen {((IPEndPoint)accepted.RemoteEndPoint!).Address}"), _stop.Token);
                accepted.Shutdown(SocketShutdown.Send);
                await accepted.ReceiveAsync(new byte[16], _stop.Token);
            }
        });
    }

    /// <summary>Sends back what one client sends.</summary>
    internal void ServeEcho(string ns, IpFamily family, int port = 8080)
    {
        Socket listener = Listen(ns, family, port);
        _ = Task.Run(async () =>
        {
            using Socket accepted = await listener.AcceptAsync(_stop.Token);
            byte[] buffer = new byte[65536];
            while (await accepted.ReceiveAsync(buffer, _stop.Token) is int length and > 0)
            {
                await accepted.SendAsync(buffer.AsMemory(0, length), _stop.Token);
            }
        });
    }

    internal void ServeUdp(string ns, IpFamily family, int port = 5353)
    {
        Socket server = CreateSocket(ns, family, SocketType.Dgram);
        _listeners.Add(server);
        IPEndPoint any = new(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, port);
        server.Bind(any);
        _ = Task.Run(async () =>
        {
            byte[] buffer = new byte[64];
            while (!_stop.IsCancellationRequested)
            {
                SocketReceiveFromResult request = await server.ReceiveFromAsync(buffer, new IPEndPoint(any.Address, 0), _stop.Token);
                await server.SendToAsync(Encoding.ASCII.GetBytes($"seen {((IPEndPoint)request.RemoteEndPoint).Address}"), request.RemoteEndPoint, _stop.Token);
            }
        });
    }

    internal static async Task<string> EchoAsync(Socket client, string text, TimeSpan? within = null)
    {
        using CancellationTokenSource patience = new(within ?? Patience);
        byte[] buffer = new byte[64];
        await client.SendAsync(Encoding.ASCII.GetBytes(text), patience.Token);
        int length = await client.ReceiveAsync(buffer, patience.Token);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    /// <summary>What the server saw of a client that connects to the FloatingIP.</summary>
    internal Task<string> AskTcpAsync(string ns, IpFamily family, TimeSpan? within = null) => AskAsync(within, async cancellation =>
    {
        using Socket client = CreateSocket(ns, family, SocketType.Stream);
        await client.ConnectAsync(new IPEndPoint(FloatingIp(family).ToIPAddress(), 80), cancellation);
        return await ReadAsync(client, cancellation);
    });

    internal Task<string> AskUdpAsync(string ns, IpFamily family) => AskAsync(within: null, async cancellation =>
    {
        using Socket client = CreateSocket(ns, family, SocketType.Dgram);
        await client.ConnectAsync(new IPEndPoint(FloatingIp(family).ToIPAddress(), 53), cancellation);
        await client.SendAsync("hello"u8.ToArray(), cancellation);
        return await ReadAsync(client, cancellation);
    });

    /// <summary>Waits until a condition holds; looks ten times a second.</summary>
    internal static async Task UntilAsync(Func<bool> condition, string what, int seconds = 20)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(seconds));
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(100));
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"not within {seconds} s: {what}");
            }
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listeners.ForEach(listener => listener.Dispose());
        Net.Dispose();
        _stop.Dispose();
    }

    private Task<string> AskAsync(TimeSpan? within, Func<CancellationToken, Task<string>> ask) => PacketWait.WithinAsync(
        Net, within ?? Patience, ask, () => string.Join('\n', [
            .. _planes.Select(ReasonsOf),
            .. Health.Read().Select(part => part.ToString()),
        ]));

    private static string ReasonsOf(EbpfPlane plane)
    {
        try
        {
            return string.Join(' ', plane.ReadReasons());
        }
        catch (ObjectDisposedException)
        {
            return "a plane that is closed";
        }
    }

    private static async Task<string> ReadAsync(Socket client, CancellationToken cancellation)
    {
        byte[] buffer = new byte[64];
        int length = await client.ReceiveAsync(buffer, cancellation);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    private Socket Listen(string ns, IpFamily family, int port)
    {
        Socket listener = CreateSocket(ns, family, SocketType.Stream);
        _listeners.Add(listener);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, port));
        listener.Listen();
        return listener;
    }
}
