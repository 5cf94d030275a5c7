using System.Collections.Immutable;
using System.Text;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>Begins a <see cref="PacketSpec"/>: <c>Packet.Tcp("10.0.0.5:40000", "10.96.0.10:80", TcpFlags.Syn)</c>.</summary>
public static class Packet
{
    public static PacketSpec Tcp(string source, string destination, TcpFlags flags) =>
        Of(IpProtocol.Tcp, source, destination) with { Flags = flags, Acknowledgment = flags.HasFlag(TcpFlags.Ack) ? 0x2000_0000u : 0 };

    public static PacketSpec Udp(string source, string destination, string payload = "ping") =>
        Of(IpProtocol.Udp, source, destination).WithPayload(payload);

    /// <summary>A packet of one chunk.</summary>
    public static PacketSpec Sctp(string source, string destination, SctpChunkType chunk, int payload = 16) =>
        Of(IpProtocol.Sctp, source, destination).WithPayload(payload) with { Chunk = chunk, VerificationTag = chunk == SctpChunkType.Init ? 0 : 0x3000_0001u };

    /// <summary>An echo request of the family of the addresses, which have no ports here.</summary>
    public static PacketSpec Echo(string source, string destination, string payload = "abcdefgh")
    {
        IpAddress from = IpAddress.Parse(source);
        bool v4 = from.Family == IpFamily.IPv4;
        return new PacketSpec
        {
            Source = from,
            Destination = IpAddress.Parse(destination),
            Protocol = v4 ? IpProtocol.Icmp : IpProtocol.IcmpV6,
            IcmpType = v4 ? IcmpMessage.EchoRequest : IcmpMessage.EchoRequestV6,
        }.WithPayload(payload);
    }

    /// <summary>Any protocol; <paramref name="source"/> and <paramref name="destination"/> are <c>a.b.c.d:port</c>, <c>[v6]:port</c> or plain addresses.</summary>
    public static PacketSpec Of(byte protocol, string source, string destination)
    {
        (IpAddress from, ushort sourcePort) = Endpoint(source);
        (IpAddress to, ushort destinationPort) = Endpoint(destination);
        return new PacketSpec
        {
            Source = from,
            Destination = to,
            Protocol = protocol,
            SourcePort = sourcePort,
            DestinationPort = destinationPort,
        };
    }

    public static PacketSpec WithPayload(this PacketSpec spec, string payload) =>
        spec with { Payload = [.. Encoding.UTF8.GetBytes(payload)] };

    public static PacketSpec WithPayload(this PacketSpec spec, int length) =>
        spec with { Payload = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))] };

    public static PacketSpec WithMacs(this PacketSpec spec, ImmutableArray<byte> source, ImmutableArray<byte> destination) =>
        spec with { SourceMac = source, DestinationMac = destination };

    /// <summary>Reads <c>a.b.c.d:port</c>, <c>[v6]:port</c>, or an address without port (port 0).</summary>
    public static (IpAddress Address, ushort Port) Endpoint(string text)
    {
        int colon = text.LastIndexOf(':');
        bool hasPort = colon > 0 && (text[colon - 1] == ']' || text.IndexOf(':', StringComparison.Ordinal) == colon);
        string address = hasPort ? text[..colon] : text;
        return (IpAddress.Parse(address.Trim('[', ']')), hasPort ? ushort.Parse(text[(colon + 1)..], null) : (ushort)0);
    }
}
