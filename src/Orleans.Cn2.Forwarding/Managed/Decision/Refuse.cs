using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4.3, rules 1 to 5: packets that get no flow whatever the services are.</summary>
internal static class Refuse
{
    /// <summary>Rule 1. The datagram of a first fragment is longer than the packet. <paramref name="l3"/> is the frame without its Ethernet header.</summary>
    public static bool IsMalformed(Span<byte> l3, in ParsedPacket packet)
    {
        if (packet.IpLength < packet.Headers || packet.IpLength > l3.Length)
        {
            return true;
        }

        Span<byte> transport = l3[packet.Headers..packet.IpLength];
        return packet.IsTcp
            ? !TcpSegment.TryCreate(transport, out TcpSegment tcp)
                || tcp.HeaderLength < TcpSegment.MinHeaderLength || tcp.HeaderLength > transport.Length
            : packet.Key.Protocol == IpProtocol.Sctp
            ? !SctpPacket.TryCreate(transport, out SctpPacket sctp)
                || sctp.FirstChunkLength < SctpPacket.ChunkHeaderLength || sctp.FirstChunkLength > transport.Length - SctpPacket.HeaderLength
            : !UdpDatagram.TryCreate(transport, out UdpDatagram udp)
                || udp.Length < UdpDatagram.HeaderLength || (udp.Length > transport.Length && !packet.IsFirst)
                || (packet.IsV6 && udp.Checksum == 0);
    }

    /// <summary>Rules 2 to 4 in their order, which section 4.4 shares; <see cref="DropReason.None"/> when they hold.</summary>
    public static DropReason ByAddresses(PlaneState state, int inInterface, in ParsedPacket packet)
    {
        DropReason reason = BySource(state, inInterface, packet.Key.Source);
        return reason != DropReason.None || state.IsAllocated(packet.Key.Destination) ? reason : DropReason.Unallocated;
    }

    /// <summary>Rules 2 and 3, which errors of flows have to keep as well.</summary>
    public static DropReason BySource(PlaneState state, int inInterface, MappedAddress source)
    {
        if (IsNoSource(source) || state.IsServiceAddress(source))
        {
            return DropReason.MartianSource;
        }

        return state.Interfaces.IsSpoofed(inInterface, source) ? DropReason.SpoofedSource : DropReason.None;
    }

    /// <summary>Rule 5.</summary>
    public static bool HasBadFlags(in ParsedPacket packet)
    {
        const TcpFlags any = TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Fin;
        return packet.IsTcp
            && ((packet.Flags & any) == 0
                || ((packet.Flags & TcpFlags.Syn) != 0 && (packet.Flags & (TcpFlags.Fin | TcpFlags.Rst)) != 0));
    }

    /// <summary>Unspecified, loopback, multicast or broadcast.</summary>
    public static bool IsNoSource(MappedAddress address)
    {
        if (address.IsV4)
        {
            uint bits = address.V4;
            return bits is 0 or 0xffff_ffff || bits >> 24 == 127 || bits >> 28 == 0xe;
        }

        return address.High >> 56 == 0xff || (address.High == 0 && address.Low <= 1);
    }
}
