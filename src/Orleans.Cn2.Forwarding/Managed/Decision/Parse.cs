using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4.1: reads a frame as far as it allows.</summary>
internal static class Parse
{
    public static ParseResult Read(Span<byte> frame, out ParsedPacket packet)
    {
        ref byte first = ref MemoryMarshal.GetReference(frame);
        int headers = PlainHeaders.ReadKey(ref first, frame.Length, out FlowKey key);
        if (headers == 0)
        {
            return ReadUnusual(frame, out packet);
        }

        bool isV6 = headers == IPv6Packet.HeaderLength;
        int length = isV6 && IPv6Packet.TryCreate(frame[EthernetFrame.HeaderLength..], out IPv6Packet v6) ? IPv6Packet.HeaderLength + v6.PayloadLength
            : IPv4Packet.TryCreate(frame[EthernetFrame.HeaderLength..], out IPv4Packet v4) ? v4.TotalLength
            : 0;
        packet = new ParsedPacket(
            key, isV6, PlainHeaders.Ttl(ref first, headers), length, PlainHeaders.Flags(ref first, headers, key.Protocol), headers,
            PlainHeaders.Mark(ref first, headers, key.Protocol), PlainHeaders.Sequence(ref first, headers, key.Protocol));
        return ParseResult.Fast;
    }

    private static ParseResult ReadUnusual(Span<byte> frame, out ParsedPacket packet)
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
        return ParseResult.Rest;
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
        return ParseResult.Rest;
    }

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

        // All three have their ports in the same place.
        packet = packet with
        {
            Key = packet.Key with
            {
                SourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes),
                DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            },
        };
        if (packet.IsTcp && TcpSegment.TryCreate(bytes, out TcpSegment tcp))
        {
            packet = packet with { Flags = tcp.Flags, Mark = tcp.Acknowledgment, Sequence = tcp.Sequence };
        }
        else if (packet.Key.Protocol == IpProtocol.Sctp && SctpPacket.TryCreate(bytes, out SctpPacket sctp))
        {
            packet = packet with { Flags = FlagsOf(sctp.FirstChunk), Mark = sctp.VerificationTag };
        }

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
