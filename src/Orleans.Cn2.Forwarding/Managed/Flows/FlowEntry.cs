using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Decision;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>What an entry is within its pair (docs/datapath.md, section 3).</summary>
[Flags]
internal enum FlowFlags : byte
{
    None = 0,
    Reverse = 1,
    AtEgress = 2,
    Node = 4,
    Replied = 8,

    /// <summary>UDP that went on after its first seconds.</summary>
    Stream = 16,
}

/// <summary>TCP flags seen in one direction; the bits are those of segments.</summary>
[Flags]
internal enum SeenTcp : byte
{
    None = TcpFlags.None,
    Fin = TcpFlags.Fin,
    Syn = TcpFlags.Syn,

    /// <summary>An RST by one who knows the connection.</summary>
    Rst = TcpFlags.Rst,

    /// <summary>An RST by anybody; of a segment the bit means another thing.</summary>
    UnprovenRst = TcpFlags.Psh,
}

/// <summary>What the packets of one tuple become.</summary>
internal struct FlowEntry
{
    public MappedAddress Source;
    public MappedAddress Destination;

    /// <summary>When the last packet was translated, in nanoseconds of the plane's clock.</summary>
    public long Seen;

    /// <summary>Path id and the epoch it had when the flow was made.</summary>
    public int Path;
    public uint Epoch;

    /// <summary>The source port in the high half, the destination port in the low one, as in a packet.</summary>
    public uint Ports;

    /// <summary>What translating adds to checksums; known as soon as the entry has a key.</summary>
    public ChecksumChange Change;

    /// <summary>Of this direction. TCP: the last acknowledgement; SCTP: the verification tag; UDP: when the flow began, in steps of 2^20 ns.</summary>
    public uint Mark;

    /// <summary>
    /// How to deliver to the client (reverse) or to the node (forward to itself); <see cref="Verdict.Pass"/>: by the path's next hop, and the rest
    /// says where the client's packets come in, with which MACs.
    /// </summary>
    public Way Way;
    public FlowFlags Flags;
    public SeenTcp Tcp;

    public ushort SourcePort
    {
        readonly get => (ushort)(Ports >> 16);
        set => Ports = (Ports & ushort.MaxValue) | ((uint)value << 16);
    }

    public ushort DestinationPort
    {
        readonly get => (ushort)Ports;
        set => Ports = (Ports & ~(uint)ushort.MaxValue) | value;
    }

    public readonly bool IsReverse => (Flags & FlowFlags.Reverse) != 0;

    /// <summary>Key of the other entry: the swapped result.</summary>
    public readonly FlowKey PartnerKey(byte protocol) => new(Destination, Source, DestinationPort, SourcePort, protocol);

    /// <summary>True when this entry's result is the swapped key: the two are a pair.</summary>
    public readonly bool IsPartnerOf(in FlowKey key) =>
        Source.Equals(key.Destination) && Destination.Equals(key.Source)
        && SourcePort == key.DestinationPort && DestinationPort == key.SourcePort;
}
