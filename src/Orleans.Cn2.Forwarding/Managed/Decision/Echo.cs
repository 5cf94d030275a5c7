using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Fragments;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 7: echo requests to an allocated FloatingIP are answered in place, endpoints or not.</summary>
internal static class Echo
{
    /// <summary>True for a whole echo request in a packet of the family's ICMP.</summary>
    public static bool IsRequest(Span<byte> l3, in ParsedPacket packet) =>
        packet.IpLength >= packet.Headers + IcmpMessage.HeaderLength
        && IcmpMessage.TryCreate(l3[packet.Headers..], out IcmpMessage icmp)
        && icmp.Type == (packet.IsV6 ? IcmpMessage.EchoRequestV6 : IcmpMessage.EchoRequest);

    /// <summary>Makes the request its answer; the later fragments of one follow it.</summary>
    public static void Run(PlaneState state, ref PacketWork work, in ParsedPacket packet)
    {
        IcmpMessage.TryCreate(work.Frame[packet.TransportOffset..], out IcmpMessage icmp);
        byte reply = packet.IsV6 ? IcmpMessage.EchoReplyV6 : IcmpMessage.EchoReply;
        icmp.Checksum = InternetChecksum.Update(
            icmp.Checksum, InternetChecksum.Change((ushort)(icmp.Type << 8), (ushort)(reply << 8)));
        icmp.Type = reply;
        TurnBack(work.Frame, packet);
        if (work.First is { } datagram)
        {
            datagram.Kind = DatagramKind.Echo;
        }

        Reject.SendBack(state, ref work, Verdict.Echo, DropReason.None);
    }

    /// <summary>Addresses and MACs change sides, and the packet has a whole way before it.</summary>
    public static void TurnBack(Span<byte> frame, in ParsedPacket packet)
    {
        EthernetFrame.TryCreate(frame, out EthernetFrame ethernet);
        ethernet.SwapMacs();
        if (packet.IsV6)
        {
            IPv6Packet.TryCreate(ethernet.Payload, out IPv6Packet v6);
            packet.Key.Destination.Write(v6.Source);
            packet.Key.Source.Write(v6.Destination);
            v6.HopLimit = Reject.AnswerTtl;
            return;
        }

        IPv4Packet.TryCreate(ethernet.Payload, out IPv4Packet v4);
        v4.Source = packet.Key.Destination.V4;
        v4.Destination = packet.Key.Source.V4;
        v4.Checksum = InternetChecksum.Update(
            v4.Checksum, InternetChecksum.Change((ushort)(v4.Ttl << 8), (ushort)(Reject.AnswerTtl << 8)));
        v4.Ttl = Reject.AnswerTtl;
    }
}
