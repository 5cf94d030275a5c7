using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orleans.Cn2.Forwarding.Managed;

namespace Orleans.Cn2.Forwarding.Tun.Devices;

/// <summary>
/// struct virtio_net_hdr (linux/virtio_net.h) in the machine's byte order: what the kernel left of a packet to whoever sends it on. It goes back with the
/// packet as it came, so that the kernel finishes what it began.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct OffloadHeader
{
    /// <summary>Bytes in front of each packet.</summary>
    internal const int Size = 10;

    private const byte NeedsChecksum = 1; // VIRTIO_NET_HDR_F_NEEDS_CSUM

    internal byte Flags;
    internal byte SegmentType;
    internal ushort HeaderLength;
    internal ushort SegmentSize;
    internal ushort ChecksumStart;
    internal ushort ChecksumOffset;

    /// <summary>The same in the data plane's words.</summary>
    internal readonly PacketOffload Offload => new(SegmentType == 0 ? 0 : SegmentSize, (Flags & NeedsChecksum) != 0);

    internal static OffloadHeader Read(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<OffloadHeader>(bytes);

    internal readonly void Write(Span<byte> bytes) => MemoryMarshal.Write(bytes, Unsafe.AsRef(in this));
}
