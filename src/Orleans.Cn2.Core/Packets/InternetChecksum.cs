using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Core.Packets;

/// <summary>
/// The one's complement checksum of IP, TCP, UDP and ICMP (RFC 1071), whole and incremental (RFC 1624, equation 3). Partial sums are unsigned 64-bit
/// sums of 16-bit words in host order and may be added up before they are folded.
/// </summary>
public static class InternetChecksum
{
    /// <summary>Checksum of some bytes: what goes into a checksum field that was zero while it was computed.</summary>
    public static ushort Of(ReadOnlySpan<byte> bytes) => Finish(Sum(bytes));

    /// <summary>Partial sum of the 16-bit words of some bytes; an odd last byte is padded by zero on the right.</summary>
    public static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        while (bytes.Length >= sizeof(uint))
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
            bytes = bytes[sizeof(uint)..];
        }

        if (bytes.Length >= sizeof(ushort))
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[sizeof(ushort)..];
        }

        return bytes.IsEmpty ? sum : sum + ((ulong)bytes[0] << 8);
    }

    /// <summary>Folds a partial sum to 16 bits. A sum that is not zero never folds to zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Fold(ulong sum)
    {
        // A word and itself with its halves exchanged: the carry of the low half is the one that goes round in the high half.
        uint half = (uint)((sum + BitOperations.RotateRight(sum, 32)) >> 32);
        return (ushort)((half + BitOperations.RotateRight(half, 16)) >> 16);
    }

    /// <summary>The checksum of a partial sum: the complement of what it folds to.</summary>
    public static ushort Finish(ulong sum) => (ushort)~Fold(sum);

    /// <summary>The partial sum of a pseudo-header of IPv4 (RFC 9293 3.1): addresses, protocol, length of the segment.</summary>
    public static ulong PseudoHeader(uint source, uint destination, byte protocol, int length) =>
        (ulong)source + destination + protocol + (uint)length;

    /// <summary>The partial sum of a pseudo-header of IPv6 (RFC 8200 8.1).</summary>
    public static ulong PseudoHeader(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte protocol, int length) =>
        Sum(source) + Sum(destination) + protocol + (uint)length;

    /// <summary>
    /// What a change of one 16-bit word adds to the complement of a checksum: ~m + m' of RFC 1624 equation 3. Never zero but for 0xffff becoming 0.
    /// </summary>
    public static ulong Change(ushort from, ushort to) => (ulong)(ushort)~from + to;

    /// <summary>The same for a 32-bit word at an even offset.</summary>
    public static ulong Change(uint from, uint to) => (ulong)~from + to;

    /// <summary>Applies changes to a checksum: HC' = ~(~HC + changes), RFC 1624 equation 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Update(ushort checksum, ulong changes) => Finish((ushort)~checksum + changes);
}
