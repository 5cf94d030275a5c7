using System.Buffers.Binary;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>The packet that an ICMP error quotes, as section 4.6 reads it.</summary>
/// <param name="Key">Its tuple swapped: that of the flow's entry which the error goes along with.</param>
/// <param name="Header">Bytes of its IP header.</param>
internal readonly record struct QuotedPacket(FlowKey Key, int Header)
{
    private const int LeastTransport = 8;

    /// <summary>False when there is no quote of a TCP, UDP or SCTP packet with its ports, sent by whom the error is for.</summary>
    /// <param name="quote">What the error quotes, up to the end of the IP packet.</param>
    /// <param name="error">The error.</param>
    /// <param name="quoted">What was read.</param>
    public static bool TryRead(Span<byte> quote, in ParsedPacket error, out QuotedPacket quoted) =>
        (error.IsV6 ? TryReadV6(quote, out quoted) : TryReadV4(quote, out quoted)) && quoted.Key.Destination.Equals(error.Key.Destination);

    private static bool TryReadV4(Span<byte> quote, out QuotedPacket quoted)
    {
        quoted = default;
        return IPv4Packet.TryCreate(quote, out IPv4Packet ip)
            && ip.Version == 4 && ip.HeaderLength >= IPv4Packet.MinHeaderLength && (ip.FragmentBits & IPv4Packet.FragmentOffsetMask) == 0
            && TryReadPorts(
                quote, ip.HeaderLength, new FlowKey(MappedAddress.OfV4(ip.Destination), MappedAddress.OfV4(ip.Source), 0, 0, ip.Protocol), out quoted);
    }

    private static bool TryReadV6(Span<byte> quote, out QuotedPacket quoted)
    {
        quoted = default;
        return IPv6Packet.TryCreate(quote, out IPv6Packet ip)
            && ip.Version == 6
            && TryReadPorts(
                quote, IPv6Packet.HeaderLength, new FlowKey(MappedAddress.OfV6(ip.Destination), MappedAddress.OfV6(ip.Source), 0, 0, ip.NextHeader), out quoted);
    }

    private static bool TryReadPorts(Span<byte> quote, int header, FlowKey addresses, out QuotedPacket quoted)
    {
        quoted = default;
        if (quote.Length < header + LeastTransport || addresses.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp))
        {
            return false;
        }

        Span<byte> ports = quote[header..];
        FlowKey key = addresses with
        {
            SourcePort = BinaryPrimitives.ReadUInt16BigEndian(ports[sizeof(ushort)..]),
            DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(ports),
        };
        quoted = new QuotedPacket(key, header);
        return true;
    }
}
