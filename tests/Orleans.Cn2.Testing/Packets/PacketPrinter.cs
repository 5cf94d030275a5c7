using System.Globalization;
using System.Text;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>Frames as text: what failing tests show.</summary>
public static class PacketPrinter
{
    /// <summary>One line: addresses, protocol, ports, flags, lengths, and whether the checksums verify.</summary>
    public static string Describe(ReadOnlySpan<byte> frame)
    {
        byte[] copy = frame.ToArray();
        if (!EthernetFrame.TryCreate(copy, out EthernetFrame ethernet))
        {
            return $"{frame.Length} B, no Ethernet header";
        }

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Mac(ethernet.Source)}>{Mac(ethernet.Destination)} ");
        if (ethernet.Type == EtherType.IPv4 && IPv4Packet.TryCreate(ethernet.Payload, out IPv4Packet v4))
        {
            text.Append(CultureInfo.InvariantCulture, $"IPv{v4.Version} {IpAddress.V4(v4.Source)} > {IpAddress.V4(v4.Destination)} ");
            text.Append(CultureInfo.InvariantCulture, $"ihl {v4.HeaderLength} len {v4.TotalLength} ttl {v4.Ttl} frag {v4.FragmentBits:x4} ");
            Transport(text, v4.Protocol, v4.Bytes[Math.Min(v4.Bytes.Length, Math.Max(v4.HeaderLength, IPv4Packet.MinHeaderLength))..]);
        }
        else if (ethernet.Type == EtherType.IPv6 && IPv6Packet.TryCreate(ethernet.Payload, out IPv6Packet v6))
        {
            text.Append(CultureInfo.InvariantCulture, $"IPv{v6.Version} {IpAddress.FromBytes(v6.Source)} > {IpAddress.FromBytes(v6.Destination)} ");
            text.Append(CultureInfo.InvariantCulture, $"len {v6.PayloadLength} hops {v6.HopLimit} ");
            Transport(text, v6.NextHeader, v6.Payload);
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"type {ethernet.Type:x4} ");
        }

        return text.Append(CultureInfo.InvariantCulture, $"({frame.Length} B, {PacketChecksums.Verify(frame) ?? "checksums right"})").ToString();
    }

    /// <summary>The bytes in hex, without spaces: what a tool takes back.</summary>
    public static string Hex(ReadOnlySpan<byte> frame) => Convert.ToHexStringLower(frame);

    private static string Mac(ReadOnlySpan<byte> mac) => Convert.ToHexStringLower(mac);

    private static void Transport(StringBuilder text, byte protocol, Span<byte> bytes)
    {
        if (protocol == IpProtocol.Tcp && TcpSegment.TryCreate(bytes, out TcpSegment tcp))
        {
            text.Append(CultureInfo.InvariantCulture, $"TCP {tcp.SourcePort} > {tcp.DestinationPort} [{tcp.Flags}] ");
            text.Append(CultureInfo.InvariantCulture, $"seq {tcp.Sequence:x} ack {tcp.Acknowledgment:x} hdr {tcp.HeaderLength} sum {tcp.Checksum:x4} ");
        }
        else if (protocol == IpProtocol.Udp && UdpDatagram.TryCreate(bytes, out UdpDatagram udp))
        {
            text.Append(CultureInfo.InvariantCulture, $"UDP {udp.SourcePort} > {udp.DestinationPort} len {udp.Length} sum {udp.Checksum:x4} ");
        }
        else if (protocol == IpProtocol.Sctp && SctpPacket.TryCreate(bytes, out SctpPacket sctp))
        {
            text.Append(CultureInfo.InvariantCulture, $"SCTP {sctp.SourcePort} > {sctp.DestinationPort} {sctp.FirstChunk} len {sctp.FirstChunkLength} sum {sctp.Checksum:x8} ");
        }
        else if (protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 && IcmpMessage.TryCreate(bytes, out IcmpMessage icmp))
        {
            text.Append(CultureInfo.InvariantCulture, $"ICMP {icmp.Type}/{icmp.Code} rest {icmp.Rest:x8} sum {icmp.Checksum:x4} ");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"protocol {protocol} {bytes.Length} B ");
        }
    }
}
