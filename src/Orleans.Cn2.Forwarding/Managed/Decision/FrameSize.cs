using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 6: packets that are larger than the next interface carries.</summary>
internal static class FrameSize
{
    /// <summary>What every link of IPv6 carries: a packet within it is not measured.</summary>
    private const int AlwaysFits = 1280;

    /// <summary>The MTU that the sender must be told of, or 0.</summary>
    public static int Exceeded(PlaneState state, in PacketWork work, in ParsedPacket packet, in Way way)
    {
        int length = Decide.L3Bytes(work);
        return length > AlwaysFits && way.Verdict != Verdict.Stack
            && state.Network.Mtus.TryGetValue(way.Interface, out int mtu) && length > mtu && MustFit(work, packet, way) ? mtu : 0;
    }

    // Without "don't fragment", nothing between this node and a pod or the node's own processes needs a small frame.
    private static bool MustFit(in PacketWork work, in ParsedPacket packet, in Way way) =>
        packet.IsV6 || way.Verdict is Verdict.Neighbour or Verdict.Redirect
        || (IPv4Packet.TryCreate(work.Frame[EthernetFrame.HeaderLength..], out IPv4Packet ip) && (ip.FragmentBits & IPv4Packet.DontFragment) != 0);
}
