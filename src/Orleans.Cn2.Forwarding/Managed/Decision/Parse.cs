using System.Buffers.Binary;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4.1: reads a frame as far as it allows.</summary>
internal static class Parse
{
    public static ParseResult Read(Span<byte> frame, out ParsedPacket packet)
    {
        packet = default;
        if (!EthernetFrame.TryCreate(frame, out EthernetFrame ethernet))
        {
            return ParseResult.Other;
        }

        return ethernet.Type switch
        {
            EtherType.IPv4 => ReadV4(ethernet.Payload, out packet),
            EtherType.IPv6 => ReadV6(ethernet.Payload, out packet),
            _ => ParseResult.Other,
        };
    }

    private static ParseResult ReadV4(Span<byte> bytes, out ParsedPacket packet)
    {
        packet = default;
        if (!IPv4Packet.TryCreate(bytes, out IPv4Packet ip))
        {
            return ParseResult.Unreadable;
        }

        FlowKey key = new(MappedAddress.OfV4(ip.Source), MappedAddress.OfV4(ip.Destination), 0, 0, ip.Protocol);
        packet = new ParsedPacket(key, IsV6: false, ip.Ttl, ip.TotalLength, TcpFlags.None, IPv4Packet.MinHeaderLength);
        return ip.VersionAndLength == 0x45 && !ip.IsFragment && IsFast(ip.Protocol)
            && TryReadPorts(bytes[IPv4Packet.MinHeaderLength..], ref packet)
            ? ParseResult.Fast
            : ParseResult.Rest;
    }

    private static ParseResult ReadV6(Span<byte> bytes, out ParsedPacket packet)
    {
        packet = default;
        if (!IPv6Packet.TryCreate(bytes, out IPv6Packet ip))
        {
            return ParseResult.Unreadable;
        }

        FlowKey key = new(MappedAddress.OfV6(ip.Source), MappedAddress.OfV6(ip.Destination), 0, 0, ip.NextHeader);
        packet = new ParsedPacket(
            key, IsV6: true, ip.HopLimit, IPv6Packet.HeaderLength + ip.PayloadLength, TcpFlags.None, IPv6Packet.HeaderLength);
        return ip.Version == 6 && IsFast(ip.NextHeader) && TryReadPorts(ip.Payload, ref packet) ? ParseResult.Fast : ParseResult.Rest;
    }

    // SCTP is walked, plain or not: in the kernel its CRC would be a third of the program that every packet goes through.
    private static bool IsFast(byte protocol) => protocol is IpProtocol.Tcp or IpProtocol.Udp;

    /// <summary>Reads ports and flags of a transport header. False when the protocol has none or the header isn't whole.</summary>
    public static bool TryReadPorts(Span<byte> bytes, ref ParsedPacket packet)
    {
        int header = packet.Key.Protocol switch
        {
            IpProtocol.Tcp => TcpSegment.MinHeaderLength,
            IpProtocol.Udp => UdpDatagram.HeaderLength,
            IpProtocol.Sctp => SctpPacket.LeastLength,
            _ => int.MaxValue,
        };
        if (bytes.Length < header)
        {
            return false;
        }

        packet = packet with
        {
            // All three have their ports in the same place.
            Key = packet.Key with
            {
                SourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes),
                DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            },
            Flags = packet.IsTcp && TcpSegment.TryCreate(bytes, out TcpSegment tcp) ? tcp.Flags
                : packet.Key.Protocol == IpProtocol.Sctp && SctpPacket.TryCreate(bytes, out SctpPacket sctp) ? FlagsOf(sctp.FirstChunk)
                : TcpFlags.None,
        };
        return true;
    }

    /// <summary>What a chunk does to an association, told in the flags of TCP.</summary>
    private static TcpFlags FlagsOf(SctpChunkType chunk) => chunk switch
    {
        SctpChunkType.Init => TcpFlags.Syn,
        SctpChunkType.InitAck => TcpFlags.Syn | TcpFlags.Ack,
        SctpChunkType.Abort or SctpChunkType.ShutdownComplete => TcpFlags.Rst,
        SctpChunkType.Shutdown or SctpChunkType.ShutdownAck => TcpFlags.Fin | TcpFlags.Ack,
        _ => TcpFlags.Ack,
    };
}
