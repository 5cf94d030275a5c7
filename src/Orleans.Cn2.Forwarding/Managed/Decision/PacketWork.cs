using Orleans.Cn2.Forwarding.Managed.Fragments;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed;

/// <summary>
/// A packet to decide and what was decided. The frame lies at the start of <see cref="Buffer"/> and is changed in place: translated, or replaced by the
/// answer when the verdict is <see cref="Verdict.Reject"/> or <see cref="Verdict.Echo"/>.
/// </summary>
public struct PacketWork
{
    /// <summary>Room that a buffer needs for the longest answer: an ICMPv6 error of 366 bytes that quotes extension headers.</summary>
    public const int MinimumBuffer = 384;

    /// <summary>The bytes; at least <see cref="MinimumBuffer"/> and the frame's length.</summary>
    public byte[] Buffer { get; set; }

    /// <summary>Length of the frame in bytes, from the Ethernet header on.</summary>
    public int Length { get; set; }

    /// <summary>Interface at whose hook the packet is seen.</summary>
    public int Interface { get; set; }

    /// <summary>The hook.</summary>
    public PacketHook Hook { get; set; }

    /// <summary>What of the packet is left to a device.</summary>
    public PacketOffload Offload { get; set; }

    /// <summary>What becomes of the packet.</summary>
    public Verdict Verdict { get; set; }

    /// <summary>Why it was dropped or rejected.</summary>
    public DropReason Reason { get; set; }

    /// <summary>Id of the path it was matched to plus 1, or 0.</summary>
    public int PathMark { get; set; }

    /// <summary>Interface it goes to; 0 for a drop, a pass and the stack.</summary>
    public int Target { get; set; }

    /// <summary>True when it made a flow.</summary>
    public bool NewFlow { get; set; }

    /// <summary>Packets that it is on the wire: the segments of a super-packet.</summary>
    internal int Packets { get; set; }

    /// <summary>The datagram that this first fragment began.</summary>
    internal Datagram? First { get; set; }

    /// <summary>The frame.</summary>
    public readonly Span<byte> Frame => Buffer.AsSpan(0, Length);
}
