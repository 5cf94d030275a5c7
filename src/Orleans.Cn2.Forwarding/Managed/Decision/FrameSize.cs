using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 6: packets that are larger than the next interface carries.</summary>
internal static class FrameSize
{
    /// <summary>What every link of IPv6 carries: a packet within it is not measured.</summary>
    public const int AlwaysFits = 1280;

    private const int JumboOption = 8;

    /// <summary>The MTU that the sender must be told of, or 0.</summary>
    public static int Exceeded(PlaneState state, in PacketWork work, in ParsedPacket packet, in Way way)
    {
        int length = Math.Min(Decide.L3Bytes(work), Segment(work, packet));
        return length > AlwaysFits && way.Verdict != Verdict.Stack
            && state.Network.Mtus.TryGetValue(way.Interface, out int mtu) && length > mtu && MustFit(work, packet, way) ? mtu : 0;
    }

    /// <summary>How many packets on the wire a TCP or UDP packet is.</summary>
    public static int Packets(in PacketWork work, in ParsedPacket packet) => work.Offload.SegmentSize is > 0 and int size
        ? Math.Max(1, (Decide.L3Bytes(work) - Headers(work, packet) + size - 1) / size)
        : 1;

    /// <summary>Bytes of a segment of a super-packet with its headers; of any other packet more than it has.</summary>
    private static int Segment(in PacketWork work, in ParsedPacket packet) =>
        work.Offload.SegmentSize is > 0 and int size ? Headers(work, packet) + size : int.MaxValue;

    // A super-packet beyond 64 KB has a hop-by-hop header for its length, which no segment will have.
    private static int Headers(in PacketWork work, in ParsedPacket packet) => packet.Headers
        - (packet.IsV6 && packet.IpLength > IPv6Packet.HeaderLength + ushort.MaxValue ? JumboOption : 0)
        + (packet.IsTcp && TcpSegment.TryCreate(work.Frame[packet.TransportOffset..], out TcpSegment tcp) ? tcp.HeaderLength : UdpDatagram.HeaderLength);

    // Without "don't fragment", nothing between this node and a pod or the node's own processes needs a small frame.
    private static bool MustFit(in PacketWork work, in ParsedPacket packet, in Way way) =>
        packet.IsV6 || way.Verdict is Verdict.Neighbour or Verdict.Redirect
        || (IPv4Packet.TryCreate(work.Frame[EthernetFrame.HeaderLength..], out IPv4Packet ip) && (ip.FragmentBits & IPv4Packet.DontFragment) != 0);
}
