using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orleans.Cn2.Netlink;

/// <summary>A 48-bit Ethernet address (IEEE 802, EUI-48), written as <c>02:00:0a:00:00:01</c>. The default is all zeros.</summary>
public readonly record struct MacAddress : ISpanParsable<MacAddress>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 6;

    private readonly ulong _bits;

    private MacAddress(ulong bits) => _bits = bits;

    /// <summary>False for the all-zero address, which no interface has.</summary>
    public bool IsSet => _bits != 0;

    /// <summary>Reads six bytes in transmission order.</summary>
    /// <exception cref="ArgumentException">There are not six.</exception>
    public static MacAddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"a MAC address has {Size} bytes, not {bytes.Length}", nameof(bytes));
        }

        ulong bits = 0;
        foreach (byte value in bytes)
        {
            bits = (bits << 8) | value;
        }

        return new MacAddress(bits);
    }

    /// <summary>Writes six bytes in transmission order.</summary>
    public void WriteBytes(Span<byte> destination)
    {
        for (int i = 0; i < Size; i++)
        {
            destination[i] = (byte)(_bits >> (8 * (Size - 1 - i)));
        }
    }

    /// <inheritdoc/>
    public static MacAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out MacAddress mac) ? mac : throw new FormatException($"'{s}' is not a MAC address, (e.g. 02:00:0a:00:00:01)");

    /// <inheritdoc/>
    public static MacAddress Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MacAddress result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out MacAddress result)
    {
        const int textLength = (Size * 3) - 1;
        result = default;
        if (s.Length != textLength)
        {
            return false;
        }

        ulong bits = 0;
        for (int i = 0; i < Size; i++)
        {
            if ((i > 0 && s[(i * 3) - 1] != ':')
                || !byte.TryParse(s.Slice(i * 3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                return false;
            }

            bits = (bits << 8) | value;
        }

        result = new MacAddress(bits);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"{_bits >> 40 & 0xff:x2}:{_bits >> 32 & 0xff:x2}:{_bits >> 24 & 0xff:x2}:{_bits >> 16 & 0xff:x2}:{_bits >> 8 & 0xff:x2}:{_bits & 0xff:x2}");
}
