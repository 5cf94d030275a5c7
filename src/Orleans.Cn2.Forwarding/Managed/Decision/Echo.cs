using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 7: echo requests to an allocated FloatingIP are answered in place, endpoints or not.</summary>
internal static class Echo
{
    /// <summary>True for a whole echo request in a packet of the family's ICMP.</summary>
    public static bool IsRequest(Span<byte> l3, in ParsedPacket packet) =>
        packet.IpLength >= packet.Headers + IcmpMessage.HeaderLength
        && IcmpMessage.TryCreate(l3[packet.Headers..], out IcmpMessage icmp)
        && icmp.Type == (packet.IsV6 ? IcmpMessage.EchoRequestV6 : IcmpMessage.EchoRequest);

    public static void Run(PlaneState state, ref PacketWork work, in ParsedPacket packet)
    {
        EthernetFrame.TryCreate(work.Frame, out EthernetFrame ethernet);
        ethernet.SwapMacs();
        IcmpMessage.TryCreate(ethernet.Payload[packet.Headers..], out IcmpMessage icmp);
        byte reply = packet.IsV6 ? IcmpMessage.EchoReplyV6 : IcmpMessage.EchoReply;
        icmp.Checksum = InternetChecksum.Update(
            icmp.Checksum, InternetChecksum.Change((ushort)(icmp.Type << 8), (ushort)(reply << 8)));
        icmp.Type = reply;
        if (packet.IsV6)
        {
            IPv6Packet.TryCreate(ethernet.Payload, out IPv6Packet v6);
            packet.Key.Destination.Write(v6.Source);
            packet.Key.Source.Write(v6.Destination);
            v6.HopLimit = Reject.AnswerTtl;
        }
        else
        {
            IPv4Packet.TryCreate(ethernet.Payload, out IPv4Packet v4);
            v4.Source = packet.Key.Destination.V4;
            v4.Destination = packet.Key.Source.V4;
            v4.Checksum = InternetChecksum.Update(
                v4.Checksum, InternetChecksum.Change((ushort)(v4.Ttl << 8), (ushort)(Reject.AnswerTtl << 8)));
            v4.Ttl = Reject.AnswerTtl;
        }

        Reject.SendBack(state, ref work, Verdict.Echo, DropReason.None);
    }
}
