using System.Buffers.Binary;
using System.Globalization;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>
/// The canonical text of an IPv6 address (RFC 5952). The framework's own text differs: it writes any address that begins
/// with 96 zero bits, and ISATAP ones, with a dotted quad, so the same address would have two names in messages and records.
/// </summary>
internal static class IPv6Text
{
    /// <summary>Longest text in characters: eight groups of four and seven colons.</summary>
    public const int MaxLength = 39;

    private const int Groups = 8;

    /// <summary>Writes the text and returns its length.</summary>
    /// <param name="bits">The address in host order.</param>
    /// <param name="destination">Room for <see cref="MaxLength"/> characters.</param>
    public static int Write(UInt128 bits, Span<char> destination)
    {
        if (bits >> 32 == 0xffff)
        {
            // RFC 5952 section 5: the v4-mapped prefix is known, its last 32 bits are an IPv4 address.
            "::ffff:".CopyTo(destination);
            return 7 + WriteQuad((uint)bits, destination[7..]);
        }

        (int zeros, int count) = LongestZeros(bits);
        int length = 0;
        for (int group = 0; group < Groups; group++)
        {
            if (count > 1 && group == zeros)
            {
                "::".CopyTo(destination[length..]);
                length += 2;
                group += count - 1;
                continue;
            }

            if (group > 0 && destination[length - 1] != ':')
            {
                destination[length++] = ':';
            }

            Group(bits, group).TryFormat(destination[length..], out int written, "x", CultureInfo.InvariantCulture);
            length += written;
        }

        return length;
    }

    private static int WriteQuad(uint bits, Span<char> destination)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, bits);
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i > 0)
            {
                destination[length++] = '.';
            }

            bytes[i].TryFormat(destination[length..], out int written, provider: CultureInfo.InvariantCulture);
            length += written;
        }

        return length;
    }

    /// <summary>The longest run of zero groups, the first of equals; a single group is not shortened.</summary>
    private static (int Start, int Count) LongestZeros(UInt128 bits)
    {
        (int Start, int Count) longest = (0, 0);
        for (int start = 0; start < Groups; start++)
        {
            int count = 0;
            while (start + count < Groups && Group(bits, start + count) == 0)
            {
                count++;
            }

            if (count > longest.Count)
            {
                longest = (start, count);
            }
        }

        return longest;
    }

    private static ushort Group(UInt128 bits, int index) => (ushort)(bits >> (16 * (Groups - 1 - index)));
}
