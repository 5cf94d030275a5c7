using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>Computes and verifies the checksums of whole frames.</summary>
public static class PacketChecksums
{
    /// <summary>
    /// Null when each checksum of a frame verifies, that of a fragment's datagram left aside; else which one doesn't. Frames whose lengths don't fit are errors
    /// too.
    /// </summary>
    public static string? Verify(ReadOnlySpan<byte> frame)
    {
        byte[] copy = frame.ToArray();
        if (!EthernetFrame.TryCreate(copy, out EthernetFrame ethernet))
        {
            return "no Ethernet header";
        }

        return ethernet.Type switch
        {
            EtherType.IPv4 => VerifyV4(ethernet.Payload),
            EtherType.IPv6 => VerifyV6(ethernet.Payload),
            _ => $"type {ethernet.Type:x4} has no checksum",
        };
    }

    /// <summary>True when a frame is no ICMP error that quotes a whole IPv4 header, or the checksum of that header verifies.</summary>
    public static bool VerifyQuote(ReadOnlySpan<byte> frame)
    {
        const int icmp = EthernetFrame.HeaderLength + IPv4Packet.MinHeaderLength;
        const int quote = icmp + IcmpMessage.HeaderLength;
        bool isError = frame.Length >= quote + IPv4Packet.MinHeaderLength && frame[12] == 0x08 && frame[13] == 0 && frame[14] == 0x45
            && frame[23] == IpProtocol.Icmp && frame[icmp] is (IcmpMessage.Unreachable or IcmpMessage.TimeExceeded or IcmpMessage.ParameterProblem);
        int header = isError ? (frame[quote] & 0xf) * 4 : 0;
        return header < IPv4Packet.MinHeaderLength || frame.Length < quote + header || InternetChecksum.Of(frame.Slice(quote, header)) == 0;
    }

    /// <summary>Writes the checksum of a transport header whose other fields are final.</summary>
    internal static void FillTransport(byte protocol, Span<byte> transport, ulong pseudo)
    {
        if (protocol == IpProtocol.Sctp && SctpPacket.TryCreate(transport, out SctpPacket sctp))
        {
            sctp.Checksum = 0;
            sctp.Checksum = Crc32C.Of(transport);
            return;
        }

        int offset = OffsetOf(protocol);
        if (offset < 0 || transport.Length < offset + sizeof(ushort))
        {
            return;
        }

        transport.Slice(offset, sizeof(ushort)).Clear();
        ushort checksum = InternetChecksum.Finish(InternetChecksum.Sum(transport) + (protocol == IpProtocol.Icmp ? 0 : pseudo));
        if (protocol == IpProtocol.Udp && checksum == 0)
        {
            checksum = 0xffff;
        }

        transport[offset] = (byte)(checksum >> 8);
        transport[offset + 1] = (byte)checksum;
    }

    private static string? VerifyV4(Span<byte> bytes)
    {
        if (!IPv4Packet.TryCreate(bytes, out IPv4Packet ip) || ip.HeaderLength < IPv4Packet.MinHeaderLength
            || ip.TotalLength < ip.HeaderLength || ip.TotalLength > bytes.Length)
        {
            return "IPv4 lengths don't fit";
        }

        if (InternetChecksum.Of(bytes[..ip.HeaderLength]) != 0)
        {
            return $"IPv4 header checksum {ip.Checksum:x4} is wrong";
        }

        Span<byte> transport = bytes[ip.HeaderLength..ip.TotalLength];
        return ip.IsFragment ? null : VerifyTransport(ip.Protocol, transport, InternetChecksum.PseudoHeader(ip.Source, ip.Destination, ip.Protocol, transport.Length), v4: true);
    }

    private static string? VerifyV6(Span<byte> bytes)
    {
        if (!IPv6Packet.TryCreate(bytes, out IPv6Packet ip) || ip.PayloadLength > ip.Payload.Length)
        {
            return "IPv6 lengths don't fit";
        }

        TransportPlace place = TransportPlace.Of(bytes[..(IPv6Packet.HeaderLength + ip.PayloadLength)], v4: false);
        Span<byte> transport = bytes[place.Offset..(IPv6Packet.HeaderLength + ip.PayloadLength)];
        return place.IsPiece ? null : VerifyTransport(
            place.Protocol, transport, InternetChecksum.PseudoHeader(ip.Source, ip.Destination, place.Protocol, transport.Length), v4: false);
    }

    private static string? VerifyTransport(byte protocol, Span<byte> transport, ulong pseudo, bool v4)
    {
        if (protocol == IpProtocol.Sctp)
        {
            return VerifyCrc(transport);
        }

        int offset = OffsetOf(protocol);
        if (offset < 0)
        {
            return null;
        }

        if (transport.Length < offset + sizeof(ushort))
        {
            return $"protocol {protocol}: cut before its checksum";
        }

        bool none = protocol == IpProtocol.Udp && transport[offset] == 0 && transport[offset + 1] == 0;
        if (none)
        {
            return v4 ? null : "UDP without checksum over IPv6";
        }

        ulong sum = InternetChecksum.Sum(transport) + (protocol == IpProtocol.Icmp ? 0 : pseudo);
        return InternetChecksum.Finish(sum) == 0
            ? null
            : $"protocol {protocol}: checksum {transport[offset]:x2}{transport[offset + 1]:x2} is wrong";
    }

    private static string? VerifyCrc(Span<byte> transport)
    {
        byte[] copy = transport.ToArray();
        if (!SctpPacket.TryCreate(copy, out SctpPacket sctp))
        {
            return "SCTP is cut before its first chunk";
        }

        uint told = sctp.Checksum;
        sctp.Checksum = 0;
        return Crc32C.Of(copy) == told ? null : $"SCTP checksum {told:x8} is wrong";
    }

    private static int OffsetOf(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => TcpSegment.ChecksumOffset,
        IpProtocol.Udp => UdpDatagram.ChecksumOffset,
        IpProtocol.Icmp or IpProtocol.IcmpV6 => IcmpMessage.ChecksumOffset,
        _ => -1,
    };
}
