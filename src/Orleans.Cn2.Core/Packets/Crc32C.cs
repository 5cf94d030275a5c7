using System.Numerics;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Core.Packets;

/// <summary>CRC32c as SCTP has it (RFC 9260, appendix A).</summary>
public static class Crc32C
{
    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Continue(~0u, bytes);

    /// <summary>
    /// What a change of the first four bytes of <paramref name="length"/> adds, by exclusive or, to their checksum: the CRC is linear, so the other
    /// bytes don't matter.
    /// </summary>
    /// <param name="change">The four bytes before, exclusive or those after, least significant first.</param>
    public static uint ChangeOf(uint change, int length)
    {
        uint crc = BitOperations.Crc32C(0, change);
        int left = Math.Max(0, length - sizeof(uint));
        for (; left >= sizeof(ulong); left -= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, 0ul);
        }

        for (; left > 0; left--)
        {
            crc = BitOperations.Crc32C(crc, (byte)0);
        }

        return crc;
    }

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte each in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, each);
        }

        return crc;
    }
}
