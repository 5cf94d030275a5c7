using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Node.Interfaces;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>
/// Sockets through the programs: a node with two pods, client and server, and a host-network server. The plane finds interfaces and next hops
/// itself.
/// </summary>
public sealed class RealPacketTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly Guid ServiceUid = new("11111111-2222-3333-4444-555555555555");

    private readonly TestNetwork _net = new("bpf-real");
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _listeners = [];

    public static TheoryData<DeliveryMode, IpFamily> Matrix => new(
        from mode in Enum.GetValues<DeliveryMode>() from family in Enum.GetValues<IpFamily>() select (mode, family));

    public ValueTask InitializeAsync()
    {
        _net.Add("node", "client", "server");
        AddPod("client", 2);
        AddPod("server", 3);
        _net.Ip("node", "addr add 192.0.2.1/32 dev lo", "addr add 2001:db8:1::1/128 dev lo");
        _net.Set("node", "net/ipv4/ip_forward", "1");
        _net.Set("node", "net/ipv6/conf/all/forwarding", "1");
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_FromPodToFloatingIp_ReachesTheServerAndBack(DeliveryMode mode, IpFamily family)
    {
        await using EbpfPlane plane = Open(mode);
        ServeTcp("server", family, 8080);
        Assert.Empty(plane.Apply(Service(family, Server(family))));

        string answer = await AskTcpAsync("client", family);

        // The server sees the client's own address, and the client the FloatingIP's.
        Assert.Equal($"seen {Pod(family, 2)}", answer);
        FlowRow flow = Assert.Single(plane.ReadFlows(new FlowFilter(default, default, default), 10));
        Assert.True(flow.Established);
        Assert.Equal(Server(family), flow.Vmi);
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Udp_FromPodToFloatingIp_ReachesTheServerAndBack(DeliveryMode mode, IpFamily family)
    {
        await using EbpfPlane plane = Open(mode);
        ServeUdp("server", family, 5353);
        Assert.Empty(plane.Apply(Service(family, Server(family))));

        Assert.Equal($"seen {Pod(family, 2)}", await AskUdpAsync("client", family));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_FromTheNodeItself_ReachesTheServer(DeliveryMode mode, IpFamily family)
    {
        await using EbpfPlane plane = Open(mode);
        ServeTcp("server", family, 8080);
        Assert.Empty(plane.Apply(Service(family, Server(family))));

        Assert.Equal($"seen {NodeAddress(family)}", await AskTcpAsync("node", family));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_ToAHostNetworkBackEnd_IsReachedFromPodAndNode(DeliveryMode mode, IpFamily family)
    {
        await using EbpfPlane plane = Open(mode);
        ServeTcp("node", family, 8080);
        Assert.Empty(plane.Apply(Service(family, NodeAddress(family))));

        Assert.Equal($"seen {Pod(family, 2)}", await AskTcpAsync("client", family));
        Assert.Equal($"seen {FloatingIp(family)}", await AskTcpAsync("node", family));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_ChosenVmiIsTheClient_SeesTheFloatingIp(DeliveryMode mode, IpFamily family)
    {
        await using EbpfPlane plane = Open(mode);
        ServeTcp("server", family, 8080);
        Assert.Empty(plane.Apply(Service(family, Server(family))));

        Assert.Equal($"seen {FloatingIp(family)}", await AskTcpAsync("server", family));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_NoEndpoints_IsRefusedAtOnce(DeliveryMode mode, IpFamily family)
    {
        await using EbpfPlane plane = Open(mode);
        Assert.Empty(plane.Apply(Service(family)));

        SocketException fromPod = await Assert.ThrowsAsync<SocketException>(() => AskTcpAsync("client", family));
        SocketException fromNode = await Assert.ThrowsAsync<SocketException>(() => AskTcpAsync("node", family));

        Assert.Equal(SocketError.ConnectionRefused, fromPod.SocketErrorCode);
        Assert.Equal(SocketError.ConnectionRefused, fromNode.SocketErrorCode);
        Assert.Contains(plane.ReadReasons(), count => count is { Reason: DropReason.NoEndpoints, Reject: true, Packets: 2 });
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Connection_WhileThePlaneIsGoneAndWhenAnotherTakesOver_GoesOn(DeliveryMode mode, IpFamily family)
    {
        using BpfMount mount = new();
        ServeEcho("server", family, 8080);
        using Socket client = CreateSocket("client", family, SocketType.Stream);
        EbpfPlane first = Open(mode, mount.Directory);
        Assert.Equal(1ul, first.Boot);
        Assert.Empty(first.Apply(Service(family, Server(family))));
        await client.ConnectAsync(new IPEndPoint(FloatingIp(family).ToIPAddress(), 80), TestContext.Current.CancellationToken);
        Assert.Equal("one", await EchoAsync(client, "one"));
        TableDigest digest = first.ReadDigest(0);

        await first.DisposeAsync();

        Assert.Equal("two", await EchoAsync(client, "two"));
        await using EbpfPlane second = Open(mode, mount.Directory, configure: false);
        Assert.Equal("three", await EchoAsync(client, "three"));
        Assert.Equal(2ul, second.Boot);
        Assert.Equal(digest, second.ReadDigest(0));
        Assert.Single(second.ReadFlows(new FlowFilter(default, default, default), 10));

        // The path goes: the flow that the first plane made ends by the second one's hand.
        Assert.Empty(second.Apply(Service(family)));
        SocketException reset = await Assert.ThrowsAsync<SocketException>(() => EchoAsync(client, "four"));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listeners.ForEach(listener => listener.Dispose());
        _net.Dispose();
        _stop.Dispose();
    }

    private static IpAddress Pod(IpFamily family, int host) => IpAddress.Parse(family == IpFamily.IPv4 ? $"10.244.0.{host}" : $"fd00:244::{host}");

    private static IpAddress Server(IpFamily family) => Pod(family, 3);

    private static IpAddress FloatingIp(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "10.96.0.10" : "fd00:96::10");

    private static IpAddress NodeAddress(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "192.0.2.1" : "2001:db8:1::1");

    private static TableChange Service(IpFamily family, params IpAddress[] backEnds)
    {
        Frontend Make(TransportProtocol protocol, ushort port, ushort target) => new(
            FloatingIp(family), protocol, port, TableIds.OfFrontend(ServiceUid, family, protocol, port), FrontendFlags.None, 0,
            [.. backEnds.Select(address => new EcmpPath(address, target, 1, PathState.Active, 7))]);
        return new TableChange(0, Complete: true,
            [new ServiceTable(ServiceUid, new NamespacedName("default", "web"), 1, [Make(TransportProtocol.Tcp, 80, 8080), Make(TransportProtocol.Udp, 53, 5353)])], []);
    }

    /// <summary>A pod with one interface and its default routes; the node reaches it by a host route.</summary>
    private void AddPod(string name, int host)
    {
        _net.Veth("node", $"cn2p{host}", name, "eth0");
        _net.Ip(name,
            $"addr add 10.244.0.{host}/32 dev eth0", $"addr add fd00:244::{host}/128 dev eth0",
            "route add 169.254.1.1 dev eth0", "route add default via 169.254.1.1", "route add fd00:ffff::1 dev eth0", "route add default via fd00:ffff::1");
        _net.Ip("node",
            $"addr add 169.254.1.1/32 dev cn2p{host}", $"addr add fd00:ffff::1/128 dev cn2p{host}",
            $"route add 10.244.0.{host} dev cn2p{host}", $"route add fd00:244::{host} dev cn2p{host}");
    }

    private EbpfPlane Open(DeliveryMode mode, string? pinRoot = null, bool configure = true) => _net.In("node").Run(() =>
    {
        EbpfPlane plane = EbpfPlane.Open(new EbpfOptions
        {
            Capacity = EbpfEngine.Small,
            Interfaces = new InterfacePatterns { PodSide = ["cn2p*"], Uplinks = [] },
            Mode = mode,
            PinRoot = pinRoot,
        });
        if (!configure)
        {
            return plane;
        }

        plane.Configure(new NodeSettings(
            [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/112")],
            [IpAddress.Parse("192.0.2.1"), IpAddress.Parse("2001:db8:1::1")],
            [],
            new UInt128(1, 2)));
        return plane;
    });

    private Socket CreateSocket(string ns, IpFamily family, SocketType type) => _net.In(ns).CreateSocket(
        family == IpFamily.IPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
        type,
        type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);

    private void ServeTcp(string ns, IpFamily family, int port)
    {
        Socket listener = CreateSocket(ns, family, SocketType.Stream);
        _listeners.Add(listener);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, port));
        listener.Listen();
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

    private void ServeEcho(string ns, IpFamily family, int port)
    {
        Socket listener = CreateSocket(ns, family, SocketType.Stream);
        _listeners.Add(listener);
        listener.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, port));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            using Socket accepted = await listener.AcceptAsync(_stop.Token);
            byte[] buffer = new byte[64];
            while (await accepted.ReceiveAsync(buffer, _stop.Token) is int length and > 0)
            {
                await accepted.SendAsync(buffer.AsMemory(0, length), _stop.Token);
            }
        });
    }

    private static async Task<string> EchoAsync(Socket client, string text)
    {
        using CancellationTokenSource patience = new(Patience);
        byte[] buffer = new byte[64];
        await client.SendAsync(Encoding.ASCII.GetBytes(text), patience.Token);
        int length = await client.ReceiveAsync(buffer, patience.Token);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    private void ServeUdp(string ns, IpFamily family, int port)
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

    private async Task<string> AskTcpAsync(string ns, IpFamily family)
    {
        using CancellationTokenSource patience = new(Patience);
        using Socket client = CreateSocket(ns, family, SocketType.Stream);
        await client.ConnectAsync(new IPEndPoint(FloatingIp(family).ToIPAddress(), 80), patience.Token);
        byte[] buffer = new byte[64];
        int length = await client.ReceiveAsync(buffer, patience.Token);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    private async Task<string> AskUdpAsync(string ns, IpFamily family)
    {
        using CancellationTokenSource patience = new(Patience);
        using Socket client = CreateSocket(ns, family, SocketType.Dgram);
        await client.ConnectAsync(new IPEndPoint(FloatingIp(family).ToIPAddress(), 53), patience.Token);
        await client.SendAsync("hello"u8.ToArray(), patience.Token);
        byte[] buffer = new byte[64];
        int length = await client.ReceiveAsync(buffer, patience.Token);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }
}
