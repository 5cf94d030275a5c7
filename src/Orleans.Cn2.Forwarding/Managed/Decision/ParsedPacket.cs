using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>How far a frame could be read.</summary>
internal enum ParseResult
{
    /// <summary>Neither IPv4 nor IPv6.</summary>
    Other,

    /// <summary>The IP header itself is not in the frame.</summary>
    Unreadable,

    /// <summary>Section 4.4: something the fast parse doesn't take.</summary>
    Rest,

    /// <summary>Section 4.1: <see cref="PlainHeaders"/>.</summary>
    Fast,
}

/// <summary>What was read of a frame. With <see cref="ParseResult.Rest"/> the ports and flags are 0 until the walk finds them.</summary>
/// <param name="Headers">Bytes from the IP header to the transport header: options and extension headers count.</param>
/// <param name="Mark">TCP: the acknowledgement number; SCTP: the verification tag.</param>
/// <param name="Sequence">TCP: the sequence number.</param>
/// <param name="IsFirst">It begins a datagram that comes in pieces.</param>
internal readonly record struct ParsedPacket(
    FlowKey Key, bool IsV6, byte Ttl, int IpLength, TcpFlags Flags, int Headers, uint Mark = 0, uint Sequence = 0, bool IsFirst = false)
{
    /// <summary>Bytes of an IP header without options.</summary>
    public int PlainHeader => IsV6 ? IPv6Packet.HeaderLength : IPv4Packet.MinHeaderLength;

    /// <summary>Offset of the transport header in the frame.</summary>
    public int TransportOffset => EthernetFrame.HeaderLength + Headers;

    /// <summary>ICMP of the family.</summary>
    public bool IsIcmp => Key.Protocol == (IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp);

    /// <summary>True where <see cref="Flags"/> tell what a packet does to its flow: TCP, and SCTP, whose chunks are told in the flags of TCP.</summary>
    public bool IsStateful => HasState(Key.Protocol);

    public bool IsTcp => Key.Protocol == IpProtocol.Tcp;

    /// <summary>SYN without ACK.</summary>
    public bool IsPureSyn => IsSyn(Flags);

    /// <summary>Of protocols with ports: all but UDP have states.</summary>
    public static bool HasState(byte protocol) => protocol != IpProtocol.Udp;

    /// <summary>SYN without ACK.</summary>
    public static bool IsSyn(TcpFlags flags) => (flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
}
