using System.Buffers.Binary;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 5 for an ICMP error of a flow: its addresses, and the packet that it quotes as its receiver knows it.</summary>
internal static class TranslateError
{
    /// <summary>Rewrites an error whose quote was read.</summary>
    public static void Run(Span<byte> frame, in ParsedPacket packet, in QuotedPacket quoted, in FlowEntry to, in Way way)
    {
        Span<byte> l3 = frame[EthernetFrame.HeaderLength..];
        IcmpMessage.TryCreate(l3[packet.Headers..packet.IpLength], out IcmpMessage icmp);
        ulong inside = Quote(icmp.Body, packet.IsV6, quoted, to);

        // The sender is the flow's peer, who is known by another address on the other side, or a router, who keeps its own; save towards the node's own
        // processes, for whom nothing but FloatingIPs lies behind the pair (strict rp_filter would drop it).
        MappedAddress source = packet.Key.Source.Equals(quoted.Key.Source) || way.Verdict == Verdict.NodeIngress ? to.Source : packet.Key.Source;
        ulong outside = packet.Key.Source.ChangeTo(source) + packet.Key.Destination.ChangeTo(to.Destination);
        icmp.Checksum = InternetChecksum.Update(icmp.Checksum, packet.IsV6 ? inside + outside : inside);
        bool hops = way.Verdict != Verdict.Stack;
        if (packet.IsV6 && IPv6Packet.TryCreate(l3, out IPv6Packet v6))
        {
            source.Write(v6.Source);
            to.Destination.Write(v6.Destination);
            v6.HopLimit -= hops ? (byte)1 : (byte)0;
        }
        else if (IPv4Packet.TryCreate(l3, out IPv4Packet v4))
        {
            v4.Source = source.V4;
            v4.Destination = to.Destination.V4;
            if (hops)
            {
                outside += InternetChecksum.Change((ushort)(packet.Ttl << 8), (ushort)((packet.Ttl - 1) << 8));
                v4.Ttl--;
            }

            v4.Checksum = InternetChecksum.Update(v4.Checksum, outside);
        }

        if (way.HasMacs)
        {
            way.Macs.Write(frame);
        }
    }

    /// <summary>The receiver sent the quoted packet, so it is the entry's result the other way round. Returns what that changes in the sum above.</summary>
    private static ulong Quote(Span<byte> quote, bool isV6, in QuotedPacket quoted, in FlowEntry to)
    {
        ulong addresses = quoted.Key.Source.ChangeTo(to.Source) + quoted.Key.Destination.ChangeTo(to.Destination);
        ulong ports = InternetChecksum.Change(quoted.Key.SourcePort, to.SourcePort)
            + InternetChecksum.Change(quoted.Key.DestinationPort, to.DestinationPort);
        ulong changes = addresses + ports;
        if (isV6 && IPv6Packet.TryCreate(quote, out IPv6Packet v6))
        {
            to.Destination.Write(v6.Source);
            to.Source.Write(v6.Destination);
        }
        else if (IPv4Packet.TryCreate(quote, out IPv4Packet v4))
        {
            v4.Source = to.Destination.V4;
            v4.Destination = to.Source.V4;
            ushort checksum = InternetChecksum.Update(v4.Checksum, addresses);
            changes += InternetChecksum.Change(v4.Checksum, checksum);
            v4.Checksum = checksum;
        }

        return changes + Transport(quote[quoted.Header..], quoted.Key.Protocol, to, addresses + ports);
    }

    private static ulong Transport(Span<byte> transport, byte protocol, in FlowEntry to, ulong changes)
    {
        // All have their ports in the same place; what is quoted of TCP seldom reaches its checksum.
        if (protocol == IpProtocol.Udp && UdpDatagram.TryCreate(transport, out UdpDatagram udp))
        {
            (udp.SourcePort, udp.DestinationPort) = (to.DestinationPort, to.SourcePort);
            if (udp.Checksum == 0)
            {
                return 0;
            }

            ushort checksum = InternetChecksum.Update(udp.Checksum, changes);
            checksum = checksum == 0 ? (ushort)0xffff : checksum;
            ulong change = InternetChecksum.Change(udp.Checksum, checksum);
            udp.Checksum = checksum;
            return change;
        }

        BinaryPrimitives.WriteUInt16BigEndian(transport, to.DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(transport[sizeof(ushort)..], to.SourcePort);
        if (protocol != IpProtocol.Tcp || transport.Length < TcpSegment.ChecksumOffset + sizeof(ushort))
        {
            return 0;
        }

        Span<byte> field = transport.Slice(TcpSegment.ChecksumOffset, sizeof(ushort));
        ushort before = BinaryPrimitives.ReadUInt16BigEndian(field);
        ushort after = InternetChecksum.Update(before, changes);
        BinaryPrimitives.WriteUInt16BigEndian(field, after);
        return InternetChecksum.Change(before, after);
    }
}
