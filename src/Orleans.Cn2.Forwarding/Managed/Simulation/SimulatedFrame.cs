using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Simulation;

/// <summary>One TCP or UDP packet as a host sends or sees it.</summary>
internal readonly record struct SimulatedSegment(FlowKey Tuple, TcpFlags Flags, uint Sequence, uint Acknowledgment, byte[] Payload);

/// <summary>Frames with right lengths and checksums, and their reading with all of those verified.</summary>
internal static class SimulatedFrame
{
    private const byte FirstTtl = 64;
    private const ushort Window = 0xffff;

    public static byte[] Build(in SimulatedSegment segment, LinkAddresses macs)
    {
        bool v4 = segment.Tuple.Destination.IsV4;
        bool tcp = segment.Tuple.Protocol == IpProtocol.Tcp;
        int ipHeader = v4 ? IPv4Packet.MinHeaderLength : IPv6Packet.HeaderLength;
        int length = (tcp ? TcpSegment.MinHeaderLength : UdpDatagram.HeaderLength) + segment.Payload.Length;
        byte[] frame = new byte[EthernetFrame.HeaderLength + ipHeader + length];
        EthernetFrame.TryCreate(frame, out EthernetFrame ethernet);
        ethernet.Type = v4 ? EtherType.IPv4 : EtherType.IPv6;
        macs.Write(frame);
        Span<byte> transport = ethernet.Payload[ipHeader..];
        segment.Payload.CopyTo(transport[(length - segment.Payload.Length)..]);
        ulong pseudo = v4 ? WriteV4(ethernet.Payload, segment.Tuple, length) : WriteV6(ethernet.Payload, segment.Tuple, length);
        if (tcp && TcpSegment.TryCreate(transport, out TcpSegment t))
        {
            (t.SourcePort, t.DestinationPort) = (segment.Tuple.SourcePort, segment.Tuple.DestinationPort);
            (t.Sequence, t.Acknowledgment, t.Flags, t.Window) = (segment.Sequence, segment.Acknowledgment, segment.Flags, Window);
            t.HeaderLength = TcpSegment.MinHeaderLength;
            t.Checksum = InternetChecksum.Finish(pseudo + InternetChecksum.Sum(transport));
        }
        else if (UdpDatagram.TryCreate(transport, out UdpDatagram u))
        {
            (u.SourcePort, u.DestinationPort, u.Length) = (segment.Tuple.SourcePort, segment.Tuple.DestinationPort, (ushort)length);
            ushort checksum = InternetChecksum.Finish(pseudo + InternetChecksum.Sum(transport));
            u.Checksum = checksum == 0 ? (ushort)0xffff : checksum;
        }

        return frame;
    }

    /// <summary>Reads a frame as a host does: false where a length or checksum is wrong, or it is neither TCP nor UDP.</summary>
    public static bool TryRead(Span<byte> frame, out SimulatedSegment segment)
    {
        segment = default;
        if (Parse.Read(frame, out ParsedPacket packet) != ParseResult.Fast
            || Refuse.IsMalformed(frame[EthernetFrame.HeaderLength..], packet))
        {
            return false;
        }

        Span<byte> l3 = frame[EthernetFrame.HeaderLength..];
        Span<byte> transport = l3[packet.Headers..packet.IpLength];
        if (!packet.IsV6 && InternetChecksum.Of(l3[..packet.Headers]) != 0)
        {
            return false;
        }

        if (InternetChecksum.Finish(PseudoOf(l3, packet, transport.Length) + InternetChecksum.Sum(transport)) != 0)
        {
            return false;
        }

        bool isTcp = TcpSegment.TryCreate(transport, out TcpSegment tcp) && packet.IsTcp;
        segment = isTcp
            ? new SimulatedSegment(packet.Key, tcp.Flags, tcp.Sequence, tcp.Acknowledgment, transport[tcp.HeaderLength..].ToArray())
            : new SimulatedSegment(packet.Key, TcpFlags.None, 0, 0, transport[UdpDatagram.HeaderLength..].ToArray());
        return true;
    }

    /// <summary>True for an ICMP or ICMPv6 "port unreachable".</summary>
    public static bool IsUnreachable(Span<byte> frame)
    {
        Parse.Read(frame, out ParsedPacket packet);
        int at = packet.TransportOffset;
        return packet.IpLength > 0 && frame.Length >= at + IcmpMessage.HeaderLength && IcmpMessage.TryCreate(frame[at..], out IcmpMessage icmp)
            && (packet.Key.Protocol == IpProtocol.Icmp && icmp is { Type: IcmpMessage.Unreachable, Code: IcmpMessage.PortUnreachable }
                || packet.Key.Protocol == IpProtocol.IcmpV6 && icmp is { Type: IcmpMessage.UnreachableV6, Code: IcmpMessage.PortUnreachableV6 });
    }

    /// <summary>Counts the hop of a router; false when none is left.</summary>
    public static bool TryHop(Span<byte> frame)
    {
        Parse.Read(frame, out ParsedPacket packet);
        if (packet.Ttl <= 1)
        {
            return false;
        }

        Span<byte> l3 = frame[EthernetFrame.HeaderLength..];
        if (packet.IsV6 && IPv6Packet.TryCreate(l3, out IPv6Packet v6))
        {
            v6.HopLimit--;
        }
        else if (IPv4Packet.TryCreate(l3, out IPv4Packet v4))
        {
            v4.Ttl--;
            v4.Checksum = InternetChecksum.Update(
                v4.Checksum, InternetChecksum.Change((ushort)(packet.Ttl << 8), (ushort)((packet.Ttl - 1) << 8)));
        }

        return true;
    }

    private static ulong WriteV4(Span<byte> l3, in FlowKey tuple, int length)
    {
        IPv4Packet.TryCreate(l3, out IPv4Packet ip);
        ip.VersionAndLength = 0x45;
        ip.TotalLength = (ushort)(IPv4Packet.MinHeaderLength + length);
        ip.FragmentBits = IPv4Packet.DontFragment;
        ip.Ttl = FirstTtl;
        ip.Protocol = tuple.Protocol;
        (ip.Source, ip.Destination) = (tuple.Source.V4, tuple.Destination.V4);
        ip.FillChecksum();
        return InternetChecksum.PseudoHeader(ip.Source, ip.Destination, tuple.Protocol, length);
    }

    private static ulong WriteV6(Span<byte> l3, in FlowKey tuple, int length)
    {
        IPv6Packet.TryCreate(l3, out IPv6Packet ip);
        ip.VersionClassFlow = 6u << 28;
        ip.PayloadLength = (ushort)length;
        ip.NextHeader = tuple.Protocol;
        ip.HopLimit = FirstTtl;
        tuple.Source.Write(ip.Source);
        tuple.Destination.Write(ip.Destination);
        return InternetChecksum.PseudoHeader(ip.Source, ip.Destination, tuple.Protocol, length);
    }

    private static ulong PseudoOf(Span<byte> l3, in ParsedPacket packet, int length)
    {
        if (packet.IsV6 && IPv6Packet.TryCreate(l3, out IPv6Packet v6))
        {
            return InternetChecksum.PseudoHeader(v6.Source, v6.Destination, packet.Key.Protocol, length);
        }

        return InternetChecksum.PseudoHeader(packet.Key.Source.V4, packet.Key.Destination.V4, packet.Key.Protocol, length);
    }
}
