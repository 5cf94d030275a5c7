using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Icmp;

/// <summary>An ICMP message as a host got it.</summary>
internal sealed record IcmpReceived(IpAddress From, byte[] Message)
{
    public byte Type => Message[0];

    public byte Code => Message[1];

    /// <summary>The quoted packet's source, destination and ports.</summary>
    public (IpAddress Source, ushort SourcePort, IpAddress Destination, ushort DestinationPort) Quoted()
    {
        Span<byte> quote = Message.AsSpan(IcmpMessage.HeaderLength);
        bool v4 = From.Family == IpFamily.IPv4;
        Span<byte> addresses = v4 ? quote[12..20] : quote[8..40];
        Span<byte> ports = quote[(v4 ? 20 : 40)..];
        int half = addresses.Length / 2;
        return (IpAddress.FromBytes(addresses[..half]), (ushort)((ports[0] << 8) | ports[1]),
            IpAddress.FromBytes(addresses[half..]), (ushort)((ports[2] << 8) | ports[3]));
    }

    /// <summary>Header checksum of a quoted IPv4 packet.</summary>
    public bool QuoteVerifies() => From.Family == IpFamily.IPv6
        || InternetChecksum.Of(Message.AsSpan(IcmpMessage.HeaderLength, IPv4Packet.MinHeaderLength)) == 0;
}

/// <summary>A raw ICMP socket of a host, which sees every ICMP message that comes to it. The kernel sums ICMPv6; ICMP is summed here.</summary>
internal sealed class IcmpSocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestNetwork _network;
    private readonly Socket _socket;
    private readonly IpFamily _family;

    public IcmpSocket(RoutedNetwork network, string host, IpFamily family)
    {
        (_network, _family) = (network.Net, family);
        _socket = network.Net.In(host).Run(() => family == IpFamily.IPv4
            ? new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp)
            : new Socket(AddressFamily.InterNetworkV6, SocketType.Raw, ProtocolType.IcmpV6));
        _socket.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0));
    }

    /// <summary>Sends a message; of ICMPv6 the kernel makes the checksum.</summary>
    public void Send(IpAddress destination, byte[] message) => _socket.SendTo(message, new IPEndPoint(destination.ToIPAddress(), 0));

    /// <summary>The next message of one of these types.</summary>
    public Task<IcmpReceived> NextAsync(params byte[] types) => PacketWait.WithinAsync(_network, Patience, async cancellation =>
    {
        byte[] buffer = new byte[65536];
        IPEndPoint any = new(_family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            SocketReceiveFromResult got = await _socket.ReceiveFromAsync(buffer, any, cancellation);
            int header = _family == IpFamily.IPv4 ? (buffer[0] & 0xf) * 4 : 0;
            byte[] message = buffer[header..got.ReceivedBytes];
            if (!types.Contains(message[0]))
            {
                continue;
            }

            Assert.True(_family == IpFamily.IPv6 || InternetChecksum.Of(message) == 0, "the checksum of an ICMP message is wrong");
            return new IcmpReceived(IpAddress.FromBytes(((IPEndPoint)got.RemoteEndPoint).Address.GetAddressBytes()), message);
        }
    });

    public void Dispose() => _socket.Dispose();
}
