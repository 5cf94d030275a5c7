using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Icmp;

/// <summary>ICMP errors that hosts and routers make themselves, as they come to the other side of a FloatingIP.</summary>
[Collection(RoutedNetworkTests.Name)]
public sealed class IcmpErrorTests
{
    private const ushort Port = 45_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly RoutedNetwork _network;

    public IcmpErrorTests(RoutedNetwork network)
    {
        _network = network;
        network.Reset();
    }

    public static TheoryData<DeliveryMode, IpFamily> Matrix => new(
        from mode in Enum.GetValues<DeliveryMode>() from family in Enum.GetValues<IpFamily>() select (mode, family));

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Traceroute_ToAFloatingIp_ShowsTheNodeTheRouterAndTheFloatingIp(DeliveryMode mode, IpFamily family)
    {
        await using EbpfPlane plane = _network.Open(mode, "remote");
        using IcmpSocket icmp = new(_network, "client", family);
        using Socket probe = UdpOf("client", family);
        IpAddress fip = RoutedNetwork.FloatingIp(family);

        List<IpAddress> hops = [];
        for (int ttl = 1; ttl <= 3; ttl++)
        {
            SetTtl(probe, family, ttl);
            probe.SendTo("trace"u8.ToArray(), new IPEndPoint(fip.ToIPAddress(), 53));
            IcmpReceived answer = await icmp.NextAsync(TypesOf(family));

            Assert.Equal(ttl < 3, answer.Type == (family == IpFamily.IPv4 ? IcmpMessage.TimeExceeded : IcmpMessage.TimeExceededV6));
            Assert.Equal((RoutedNetwork.Of("client", family), Port, fip, (ushort)53), answer.Quoted());
            Assert.True(answer.QuoteVerifies());
            hops.Add(answer.From);
        }

        Assert.Contains(hops[0], NodeAddresses(family));
        Assert.Equal([RoutedNetwork.Router("exit", family), fip], hops[1..]);
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Udp_VmiHasNoSuchPort_TheClientIsRefusedByTheFloatingIp(DeliveryMode mode, IpFamily family)
    {
        foreach ((string client, string server) in new[] { ("client", "server"), ("client", "remote"), ("guest", "server"), ("node", "server"), ("server", "server") })
        {
            await using EbpfPlane plane = _network.Open(mode, server);
            using IcmpSocket icmp = new(_network, client, family);
            using Socket socket = UdpOf(client, family);
            await socket.ConnectAsync(new IPEndPoint(RoutedNetwork.FloatingIp(family).ToIPAddress(), 53), TestContext.Current.CancellationToken);
            socket.Send("anyone?"u8);

            IcmpReceived answer = await icmp.NextAsync(TypesOf(family)[0]);
            using CancellationTokenSource patience = new(Patience);
            SocketException refused = await Assert.ThrowsAsync<SocketException>(() => socket.ReceiveAsync(new byte[16], patience.Token).AsTask());

            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
            Assert.Equal(RoutedNetwork.FloatingIp(family), answer.From);
            Assert.Equal((RoutedNetwork.FloatingIp(family), (ushort)53), (answer.Quoted().Destination, answer.Quoted().DestinationPort));
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Udp_ClientIsGoneWhenTheAnswerComes_TheVmiIsRefusedByTheClient(DeliveryMode mode, IpFamily family)
    {
        await using EbpfPlane plane = _network.Open(mode, "server");
        using Socket server = _network.Socket("server", family, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, 5353));
        using IcmpSocket icmp = new(_network, "server", family);
        foreach (string client in new[] { "client", "guest" })
        {
            // A socket that hears another peer only is as gone as a closed one, and is so at once: one that is closed while another thread starts a process
            // lives on in the child until that runs its program.
            using Socket socket = UdpOf(client, family);
            socket.SendTo("hello"u8.ToArray(), new IPEndPoint(RoutedNetwork.FloatingIp(family).ToIPAddress(), 53));
            await socket.ConnectAsync(new IPEndPoint(RoutedNetwork.FloatingIp(family).ToIPAddress(), 9), TestContext.Current.CancellationToken);

            using CancellationTokenSource patience = new(Patience);
            SocketReceiveFromResult got = await server.ReceiveFromAsync(
                new byte[16], new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0), patience.Token);
            server.SendTo("too late"u8.ToArray(), got.RemoteEndPoint);
            IcmpReceived error = await icmp.NextAsync(TypesOf(family)[0]);

            Assert.Equal(RoutedNetwork.Of(client, family), error.From);
            Assert.Equal((RoutedNetwork.Of("server", family), (ushort)5353, RoutedNetwork.Of(client, family), Port), error.Quoted());
            Assert.True(error.QuoteVerifies());
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Ping_OfAFloatingIp_IsAnsweredAtEverySize(DeliveryMode mode, IpFamily family)
    {
        _network.SetMtu("client", "eth0", 9000);
        _network.SetMtu("node", "cn2p2", 9000);
        await using EbpfPlane plane = _network.Open(mode, "server");
        using IcmpSocket icmp = new(_network, "client", family);
        foreach (int size in new[] { 0, 1, 56, 1400, 3001, 8900 })
        {
            byte[] request = Echo(family, size);
            icmp.Send(RoutedNetwork.FloatingIp(family), request);
            IcmpReceived reply = await icmp.NextAsync(family == IpFamily.IPv4 ? IcmpMessage.EchoReply : IcmpMessage.EchoReplyV6);

            Assert.Equal(RoutedNetwork.FloatingIp(family), reply.From);
            Assert.True(reply.Message.AsSpan(4).SequenceEqual(request.AsSpan(4)), $"{size} bytes came back changed");
        }
    }

    private static byte[] TypesOf(IpFamily family) => family == IpFamily.IPv4
        ? [IcmpMessage.Unreachable, IcmpMessage.TimeExceeded] : [IcmpMessage.UnreachableV6, IcmpMessage.TimeExceededV6];

    /// <summary>The addresses by which a router in the node's place may speak to the client.</summary>
    private static IpAddress[] NodeAddresses(IpFamily family) =>
        [RoutedNetwork.Node(family), IpAddress.Parse(family == IpFamily.IPv4 ? "169.254.1.1" : "fd00:ffff::1")];

    private Socket UdpOf(string host, IpFamily family)
    {
        Socket socket = _network.Socket(host, family, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, Port));
        return socket;
    }

    // Level and name as Linux has them: IPPROTO_IP, IP_TTL; IPPROTO_IPV6, IPV6_UNICAST_HOPS.
    private static void SetTtl(Socket socket, IpFamily family, int ttl) => socket.SetRawSocketOption(
        family == IpFamily.IPv4 ? 0 : 41, family == IpFamily.IPv4 ? 2 : 16, BitConverter.GetBytes(ttl));

    private static byte[] Echo(IpFamily family, int size)
    {
        byte[] message = new byte[IcmpMessage.HeaderLength + size];
        IcmpMessage.TryCreate(message, out IcmpMessage echo);
        echo.Type = family == IpFamily.IPv4 ? IcmpMessage.EchoRequest : IcmpMessage.EchoRequestV6;
        echo.Rest = 0x1234_0001;
        new Random(size).NextBytes(echo.Body);
        echo.Checksum = family == IpFamily.IPv4 ? InternetChecksum.Of(message) : (ushort)0;
        return message;
    }
}
