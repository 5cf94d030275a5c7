using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 5: replaces addresses and ports, follows with the checksums, counts TTL down unless the stack will.</summary>
internal static class Translate
{
    /// <summary>Rewrites a frame with a whole transport header.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="packet">What was read of it.</param>
    /// <param name="to">What it becomes.</param>
    /// <param name="way">Where it goes.</param>
    /// <param name="isPartial">True where a device completes the checksum.</param>
    public static void Run(Span<byte> frame, in ParsedPacket packet, in FlowEntry to, in Way way, bool isPartial)
    {
        ulong addresses = Addresses(frame, packet, to, way, hops: way.Verdict != Verdict.Stack);
        if (isPartial && packet.Key.Protocol != IpProtocol.Sctp)
        {
            PartialPorts(frame[packet.TransportOffset..], packet, to, addresses);
            return;
        }

        Ports(frame[packet.TransportOffset..], packet, to, addresses
            + InternetChecksum.Change(packet.Key.SourcePort, to.SourcePort)
            + InternetChecksum.Change(packet.Key.DestinationPort, to.DestinationPort));
    }

    /// <summary>Rewrites what comes before the transport header, MACs included; answers what that adds to the complement of a transport checksum.</summary>
    public static ulong Addresses(Span<byte> frame, in ParsedPacket packet, in FlowEntry to, in Way way, bool hops)
    {
        ulong addresses = packet.Key.Source.ChangeTo(to.Source) + packet.Key.Destination.ChangeTo(to.Destination);
        Span<byte> l3 = frame[EthernetFrame.HeaderLength..];
        if (packet.IsV6 && IPv6Packet.TryCreate(l3, out IPv6Packet v6))
        {
            to.Source.Write(v6.Source);
            to.Destination.Write(v6.Destination);
            v6.HopLimit -= hops ? (byte)1 : (byte)0;
        }
        else if (IPv4Packet.TryCreate(l3, out IPv4Packet v4))
        {
            v4.Source = to.Source.V4;
            v4.Destination = to.Destination.V4;
            ulong changes = addresses;
            if (hops)
            {
                // TTL is the high byte of its 16-bit word.
                changes += InternetChecksum.Change((ushort)(packet.Ttl << 8), (ushort)((packet.Ttl - 1) << 8));
                v4.Ttl--;
            }

            v4.Checksum = InternetChecksum.Update(v4.Checksum, changes);
        }

        if (way.HasMacs)
        {
            way.Macs.Write(frame);
        }

        return addresses;
    }

    // The field is a sum and no complement of one, and covers addresses but no ports.
    private static void PartialPorts(Span<byte> transport, in ParsedPacket packet, in FlowEntry to, ulong addresses)
    {
        if (packet.IsTcp && TcpSegment.TryCreate(transport, out TcpSegment tcp))
        {
            tcp.SourcePort = to.SourcePort;
            tcp.DestinationPort = to.DestinationPort;
            tcp.Checksum = InternetChecksum.Fold(tcp.Checksum + addresses);
        }
        else if (UdpDatagram.TryCreate(transport, out UdpDatagram udp))
        {
            udp.SourcePort = to.SourcePort;
            udp.DestinationPort = to.DestinationPort;
            udp.Checksum = InternetChecksum.Fold(udp.Checksum + addresses);
        }
    }

    private static void Ports(Span<byte> transport, in ParsedPacket packet, in FlowEntry to, ulong changes)
    {
        if (packet.IsTcp && TcpSegment.TryCreate(transport, out TcpSegment tcp))
        {
            tcp.SourcePort = to.SourcePort;
            tcp.DestinationPort = to.DestinationPort;
            tcp.Checksum = InternetChecksum.Update(tcp.Checksum, changes);
        }
        else if (packet.Key.Protocol == IpProtocol.Sctp && SctpPacket.TryCreate(transport, out SctpPacket sctp))
        {
            sctp.ChangePorts(to.SourcePort, to.DestinationPort, (ushort)(packet.IpLength - packet.Headers));
        }
        else if (UdpDatagram.TryCreate(transport, out UdpDatagram udp))
        {
            udp.SourcePort = to.SourcePort;
            udp.DestinationPort = to.DestinationPort;
            if (udp.Checksum != 0)
            {
                ushort checksum = InternetChecksum.Update(udp.Checksum, changes);
                udp.Checksum = checksum == 0 ? (ushort)0xffff : checksum;
            }
        }
    }
}
