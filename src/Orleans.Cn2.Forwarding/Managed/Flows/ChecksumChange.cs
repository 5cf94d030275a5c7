using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>
/// What a translation does to checksums: the same for each packet of a flow, so it is summed up and folded once (RFC 1624, equation 3). A one's
/// complement sum doesn't care in which order bytes are read as long as all are read alike (RFC 1071, 2B): all is kept as it lies in packets.
/// </summary>
internal readonly struct ChecksumChange
{
    private const int WordBits = 16;

    // TTL is the high byte of its word: one less, whatever it was, adds this.
    private const ushort TtlChange = 0xffff - 0x100;

    private readonly ushort _addressesAndHop;
    private readonly ushort _all;

    private ChecksumChange(ulong addresses, ulong ports) => (_addressesAndHop, _all) = (AsItLies(addresses + TtlChange), AsItLies(addresses + ports));

    /// <summary>What packets of a tuple need to become an entry's.</summary>
    public static ChecksumChange Of(in FlowKey from, in FlowEntry to) => new(
        from.Source.ChangeTo(to.Source) + from.Destination.ChangeTo(to.Destination),
        InternetChecksum.Change(from.SourcePort, to.SourcePort) + InternetChecksum.Change(from.DestinationPort, to.DestinationPort));

    /// <summary>The checksum of an IPv4 header whose TTL goes down by one, as it lies in the packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort OfHeader(ushort checksum) => Changed(checksum, _addressesAndHop);

    /// <summary>The checksum of a TCP segment, as it lies in the packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort OfTcp(ushort checksum) => Changed(checksum, _all);

    /// <summary>The checksum of a UDP datagram, as it lies in the packet. 0 says that there is none: it stays, and none becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort OfUdp(ushort checksum)
    {
        if (checksum == 0)
        {
            return 0;
        }

        ushort changed = OfTcp(checksum);
        return changed == 0 ? ushort.MaxValue : changed;
    }

    private static ushort AsItLies(ulong sum)
    {
        ushort folded = InternetChecksum.Fold(sum);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded;
    }

    // ~(~HC + change), and the carry of two 16-bit words goes round once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Changed(ushort checksum, ushort change)
    {
        uint sum = (ushort)~checksum + (uint)change;
        return (ushort)~(sum + (sum >> WordBits));
    }
}
