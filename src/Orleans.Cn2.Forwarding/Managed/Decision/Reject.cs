using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 7: answers by RST or an ICMP error, built in place of the packet and sent back where it came from.</summary>
internal static class Reject
{
    /// <summary>TTL and hop limit of answers.</summary>
    public const byte AnswerTtl = 64;

    private const int QuotedTransport = 8;

    /// <summary>Rejects a packet, or drops it with the same reason where an answer must not be made.</summary>
    /// <param name="mtu">What a packet exceeds that is too big.</param>
    public static void Run(PlaneState state, ref PacketWork work, in ParsedPacket packet, DropReason reason, int mtu = 0)
    {
        bool isTold = reason is DropReason.TtlExceeded or DropReason.PacketTooBig;
        bool byReset = packet.IsTcp && !isTold;
        EthernetFrame.TryCreate(work.Frame, out EthernetFrame ethernet);
        if (ethernet.IsMulticast || (!isTold && (packet.Flags & TcpFlags.Rst) != 0))
        {
            Decide.Drop(state, ref work, reason);
            return;
        }

        if (!state.Buckets.TryTake(packet.Key.Source, packet.IsV6, state.Now))
        {
            Decide.Drop(state, ref work, DropReason.RejectRateLimited);
            return;
        }

        state.Reasons.Reject(reason, work.Packets, Decide.L3Bytes(work));
        ethernet.SwapMacs();
        Span<byte> l3 = work.Buffer.AsSpan(EthernetFrame.HeaderLength);
        int length = byReset ? Reset(l3, packet) : Error(l3, work.Length - EthernetFrame.HeaderLength, packet, Refusal.Of(state, packet, reason, mtu));
        work.Length = EthernetFrame.HeaderLength + length;
        SendBack(state, ref work, Verdict.Reject, reason);
    }

    /// <summary>Out of the arriving interface, or to the node's processes.</summary>
    public static void SendBack(PlaneState state, ref PacketWork work, Verdict verdict, DropReason reason)
    {
        bool node = state.Interfaces.RoleOf(work.Interface) == InterfaceRole.Node;
        (work.Verdict, work.Reason, work.Target) = (verdict, reason, node ? state.Network.NodeInterface : work.Interface);
    }

    // RFC 9293 3.10.7.1. The segment's length is reckoned by its header fields, modulo 2^32 like the sequence numbers.
    private static int Reset(Span<byte> l3, in ParsedPacket packet)
    {
        TcpSegment.TryCreate(l3[packet.Headers..], out TcpSegment tcp);
        bool ack = (tcp.Flags & TcpFlags.Ack) != 0;
        uint length = (uint)(packet.IpLength - packet.Headers - tcp.HeaderLength)
            + ((tcp.Flags & TcpFlags.Syn) != 0 ? 1u : 0) + ((tcp.Flags & TcpFlags.Fin) != 0 ? 1u : 0);
        (uint sequence, uint acknowledgment) = ack ? (tcp.Acknowledgment, 0u) : (0u, unchecked(tcp.Sequence + length));

        Span<byte> answer = l3.Slice(packet.PlainHeader, TcpSegment.MinHeaderLength);
        answer.Clear();
        TcpSegment.TryCreate(answer, out TcpSegment reset);
        reset.SourcePort = packet.Key.DestinationPort;
        reset.DestinationPort = packet.Key.SourcePort;
        reset.Sequence = sequence;
        reset.Acknowledgment = acknowledgment;
        reset.HeaderLength = TcpSegment.MinHeaderLength;
        reset.Flags = ack ? TcpFlags.Rst : TcpFlags.Rst | TcpFlags.Ack;
        ulong pseudo = WriteHeader(l3, packet, packet.Key.Destination, IpProtocol.Tcp, answer.Length);
        reset.Checksum = InternetChecksum.Finish(pseudo + InternetChecksum.Sum(answer));
        return packet.PlainHeader + answer.Length;
    }

    // The quote is the IP header with what follows it up to the transport header, and of that 8 bytes, of TCP all but its options: the kernel cuts nothing
    // off before a checksum that a device is to complete. What lies beyond the packet's own length is zero.
    private static int Error(Span<byte> l3, int frameLength, in ParsedPacket packet, in Refusal refusal)
    {
        Span<byte> quote = stackalloc byte[HeaderWalk.MaxHeaders + TcpSegment.MinHeaderLength];
        quote = quote[..(packet.Headers + (packet.IsTcp ? TcpSegment.MinHeaderLength : QuotedTransport))];
        quote.Clear();
        l3[..Math.Min(quote.Length, Math.Min(frameLength, Math.Max(packet.IpLength, packet.Headers)))].CopyTo(quote);

        Span<byte> answer = l3.Slice(packet.PlainHeader, IcmpMessage.HeaderLength + quote.Length);
        answer.Clear();
        IcmpMessage.TryCreate(answer, out IcmpMessage icmp);
        icmp.Type = refusal.Type;
        icmp.Code = refusal.Code;
        icmp.Rest = refusal.Rest;
        quote.CopyTo(icmp.Body);
        ulong pseudo = WriteHeader(l3, packet, refusal.From, packet.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp, answer.Length);
        icmp.Checksum = InternetChecksum.Finish((packet.IsV6 ? pseudo : 0) + InternetChecksum.Sum(answer));
        return packet.PlainHeader + answer.Length;
    }

    /// <summary>Writes the IP header of an answer to the packet's source and returns its pseudo-header's sum.</summary>
    private static ulong WriteHeader(Span<byte> l3, in ParsedPacket packet, MappedAddress from, byte protocol, int length)
    {
        l3[..packet.PlainHeader].Clear();
        if (packet.IsV6)
        {
            IPv6Packet.TryCreate(l3, out IPv6Packet v6);
            v6.VersionClassFlow = 6u << 28;
            v6.PayloadLength = (ushort)length;
            v6.NextHeader = protocol;
            v6.HopLimit = AnswerTtl;
            from.Write(v6.Source);
            packet.Key.Source.Write(v6.Destination);
            return InternetChecksum.PseudoHeader(v6.Source, v6.Destination, protocol, length);
        }

        IPv4Packet.TryCreate(l3, out IPv4Packet v4);
        v4.VersionAndLength = 0x45;
        v4.TotalLength = (ushort)(packet.PlainHeader + length);
        v4.FragmentBits = IPv4Packet.DontFragment;
        v4.Ttl = AnswerTtl;
        v4.Protocol = protocol;
        v4.Source = from.V4;
        v4.Destination = packet.Key.Source.V4;
        v4.FillChecksum();
        return InternetChecksum.PseudoHeader(v4.Source, v4.Destination, protocol, length);
    }
}
