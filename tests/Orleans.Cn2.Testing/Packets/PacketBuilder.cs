using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>Makes the bytes of a <see cref="PacketSpec"/>, all lengths and checksums right.</summary>
internal static class PacketBuilder
{
    public static byte[] Build(PacketSpec spec)
    {
        byte[] transport = Transport(spec);
        byte[] frame = spec.Family == IpFamily.IPv4 ? BuildV4(spec, transport) : BuildV6(spec, transport);
        EthernetFrame.TryCreate(frame, out EthernetFrame ethernet);
        spec.DestinationMac.CopyTo(ethernet.Destination);
        spec.SourceMac.CopyTo(ethernet.Source);
        ethernet.Type = spec.Family == IpFamily.IPv4 ? EtherType.IPv4 : EtherType.IPv6;
        return frame;
    }

    private static byte[] BuildV4(PacketSpec spec, byte[] transport)
    {
        int header = IPv4Packet.MinHeaderLength + spec.IpOptions.Length;
        byte[] frame = new byte[EthernetFrame.HeaderLength + header + transport.Length];
        IPv4Packet.TryCreate(frame.AsSpan(EthernetFrame.HeaderLength), out IPv4Packet ip);
        ip.VersionAndLength = (byte)(0x40 | (header / 4));
        ip.TotalLength = (ushort)(header + transport.Length);
        ip.Id = spec.Id;
        ip.FragmentBits = spec.FragmentBits;
        ip.Ttl = spec.Ttl;
        ip.Protocol = spec.Protocol;
        ip.Source = (uint)spec.Source.Bits;
        ip.Destination = (uint)spec.Destination.Bits;
        spec.IpOptions.CopyTo(ip.Bytes[IPv4Packet.MinHeaderLength..]);
        ip.FillChecksum();
        transport.CopyTo(ip.Bytes[header..]);
        PacketChecksums.FillTransport(spec.Protocol, ip.Bytes[header..], InternetChecksum.PseudoHeader(
            ip.Source, ip.Destination, spec.Protocol, transport.Length));
        return frame;
    }

    private static byte[] BuildV6(PacketSpec spec, byte[] transport)
    {
        int extensions = spec.ExtensionBytes;
        byte[] frame = new byte[EthernetFrame.HeaderLength + IPv6Packet.HeaderLength + extensions + transport.Length];
        IPv6Packet.TryCreate(frame.AsSpan(EthernetFrame.HeaderLength), out IPv6Packet ip);
        ip.VersionClassFlow = 6u << 28;
        ip.PayloadLength = (ushort)(extensions + transport.Length);
        ip.HopLimit = spec.Ttl;
        spec.Source.WriteBytes(ip.Source);
        spec.Destination.WriteBytes(ip.Destination);
        ip.NextHeader = extensions == 0 ? spec.Protocol : spec.Extensions[0];
        Span<byte> extension = ip.Payload;
        for (int i = 0; i < spec.Extensions.Length; i++)
        {
            bool sized = spec.Extensions[i] != IpProtocol.Fragment;
            extension[0] = i + 1 < spec.Extensions.Length ? spec.Extensions[i + 1] : spec.Protocol;
            extension[1] = sized ? (byte)((spec.ExtensionSize / 8) - 1) : (byte)0;
            if (sized && spec.Extensions[i] != IpProtocol.Routing)
            {
                extension[2] = 1; // PadN
                extension[3] = (byte)(spec.ExtensionSize - 4);
            }

            extension = extension[(sized ? spec.ExtensionSize : 8)..];
        }

        transport.CopyTo(ip.Payload[extensions..]);
        PacketChecksums.FillTransport(spec.Protocol, ip.Payload[extensions..], InternetChecksum.PseudoHeader(
            ip.Source, ip.Destination, spec.Protocol, transport.Length));
        return frame;
    }

    private static byte[] Transport(PacketSpec spec)
    {
        switch (spec.Protocol)
        {
            case IpProtocol.Tcp:
                byte[] tcp = new byte[TcpSegment.MinHeaderLength + spec.TcpOptions.Length + spec.Payload.Length];
                TcpSegment.TryCreate(tcp, out TcpSegment segment);
                segment.SourcePort = spec.SourcePort;
                segment.DestinationPort = spec.DestinationPort;
                segment.Sequence = spec.Sequence;
                segment.Acknowledgment = spec.Acknowledgment;
                segment.HeaderLength = TcpSegment.MinHeaderLength + spec.TcpOptions.Length;
                segment.Flags = spec.Flags;
                segment.Window = spec.Window;
                spec.TcpOptions.CopyTo(tcp, TcpSegment.MinHeaderLength);
                spec.Payload.CopyTo(tcp, TcpSegment.MinHeaderLength + spec.TcpOptions.Length);
                return tcp;
            case IpProtocol.Udp:
                byte[] udp = new byte[UdpDatagram.HeaderLength + spec.Payload.Length];
                UdpDatagram.TryCreate(udp, out UdpDatagram datagram);
                datagram.SourcePort = spec.SourcePort;
                datagram.DestinationPort = spec.DestinationPort;
                datagram.Length = (ushort)udp.Length;
                spec.Payload.CopyTo(udp, UdpDatagram.HeaderLength);
                return udp;
            case IpProtocol.Sctp:
                byte[] sctp = new byte[SctpPacket.LeastLength + ((spec.Payload.Length + 3) / 4 * 4)];
                SctpPacket.TryCreate(sctp, out SctpPacket packet);
                packet.SourcePort = spec.SourcePort;
                packet.DestinationPort = spec.DestinationPort;
                packet.VerificationTag = spec.VerificationTag;
                packet.FirstChunk = spec.Chunk;
                packet.FirstChunkLength = (ushort)(SctpPacket.ChunkHeaderLength + spec.Payload.Length);
                spec.Payload.CopyTo(sctp, SctpPacket.LeastLength);
                return sctp;
            case IpProtocol.Icmp or IpProtocol.IcmpV6:
                byte[] icmp = new byte[IcmpMessage.HeaderLength + spec.Payload.Length];
                IcmpMessage.TryCreate(icmp, out IcmpMessage message);
                message.Type = spec.IcmpType;
                message.Code = spec.IcmpCode;
                message.Rest = spec.IcmpRest;
                spec.Payload.CopyTo(icmp, IcmpMessage.HeaderLength);
                return icmp;
            default:
                return [.. spec.Payload];
        }
    }
}
