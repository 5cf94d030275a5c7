using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>
/// An IPv4 or IPv6 address as a value: its family and its bits as an unsigned integer in host order
/// (an IPv4 address uses the low 32 bits). Text is canonical: dotted quad, or RFC 5952.
/// </summary>
[GenerateSerializer, Immutable]
public readonly record struct IpAddress : ISpanParsable<IpAddress>, ISpanFormattable, IComparable<IpAddress>
{
    private static readonly UInt128 V4MappedPrefix = (UInt128)0xffff << 32;

    [Id(0)] private readonly UInt128 _bits;
    [Id(1)] private readonly IpFamily _family;

    private IpAddress(UInt128 bits, IpFamily family) => (_bits, _family) = (bits, family);

    /// <summary>The address as an integer: 32 bits wide for IPv4, 128 for IPv6.</summary>
    public UInt128 Bits => _bits;

    /// <summary>The family; <c>default(IpAddress)</c> is no address and has family 0.</summary>
    public IpFamily Family => _family;

    /// <summary>False for <c>default(IpAddress)</c>.</summary>
    public bool IsSet => _family != 0;

    /// <summary>Width of the address in bits: 32 or 128.</summary>
    public int Width => _family == IpFamily.IPv4 ? 32 : 128;

    /// <summary>An IPv4 address of its 32 bits in host order.</summary>
    public static IpAddress V4(uint bits) => new(bits, IpFamily.IPv4);

    /// <summary>An IPv6 address of its 128 bits in host order.</summary>
    public static IpAddress V6(UInt128 bits) => new(bits, IpFamily.IPv6);

    /// <summary>An address of <paramref name="family"/>; IPv4 keeps the low 32 bits.</summary>
    public static IpAddress Of(IpFamily family, UInt128 bits) =>
        family == IpFamily.IPv4 ? V4((uint)bits) : V6(bits);

    /// <summary>Reads 4 or 16 bytes in network order. Sixteen bytes are always taken as IPv6.</summary>
    public static IpAddress FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => V4(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        16 => V6(BinaryPrimitives.ReadUInt128BigEndian(bytes)),
        _ => throw new ArgumentException($"an IP address has 4 or 16 bytes, not {bytes.Length}", nameof(bytes)),
    };

    /// <summary>Reads the 16-byte key form of <see cref="WriteKey"/>: v4-mapped bytes become IPv4 again.</summary>
    public static IpAddress FromKey(ReadOnlySpan<byte> key)
    {
        UInt128 bits = BinaryPrimitives.ReadUInt128BigEndian(key);
        return bits >> 32 == 0xffff ? V4((uint)bits) : V6(bits);
    }

    /// <summary>Writes 4 or 16 bytes in network order and returns how many.</summary>
    public int WriteBytes(Span<byte> destination)
    {
        if (_family == IpFamily.IPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_bits);
            return 4;
        }

        BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);
        return 16;
    }

    /// <summary>
    /// Writes the 16 bytes that tables and hashes use for both families: IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
    /// </summary>
    public void WriteKey(Span<byte> destination) =>
        BinaryPrimitives.WriteUInt128BigEndian(destination, _family == IpFamily.IPv4 ? _bits | V4MappedPrefix : _bits);

    /// <inheritdoc/>
    public static IpAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out IpAddress address)
            ? address
            : throw new FormatException($"'{s}' is not an IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");

    /// <inheritdoc/>
    public static IpAddress Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out IpAddress result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <summary>
    /// Parses strictly, as Kubernetes 1.36 does: four decimal parts without leading zeros, or IPv6 without a zone;
    /// an IPv4-mapped IPv6 address is refused.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IpAddress result)
    {
        result = default;
        if (!s.Contains(':'))
        {
            return TryParseV4(s, out result);
        }

        if (s.ContainsAny('%', '[', '/') || !IPAddress.TryParse(s, out IPAddress? parsed)
            || parsed.AddressFamily != AddressFamily.InterNetworkV6 || parsed.IsIPv4MappedToIPv6)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        parsed.TryWriteBytes(bytes, out _);
        result = FromBytes(bytes);
        return true;
    }

    private static bool TryParseV4(ReadOnlySpan<char> s, out IpAddress result)
    {
        result = default;
        uint bits = 0;
        int parts = 0;
        foreach (Range range in s.Split('.'))
        {
            ReadOnlySpan<char> part = s[range];
            if (++parts > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0')
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte value))
            {
                return false;
            }

            bits = (bits << 8) | value;
        }

        result = V4(bits);
        return parts == 4;
    }

    /// <summary>The framework's form of this address.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..WriteBytes(bytes)]);
    }

    /// <summary>Takes the framework's form; a v4-mapped address becomes IPv4.</summary>
    public static IpAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        plain.TryWriteBytes(bytes, out int written);
        return FromBytes(bytes[..written]);
    }

    /// <summary>IPv4 before IPv6, then by value.</summary>
    public int CompareTo(IpAddress other) =>
        _family != other._family ? _family.CompareTo(other._family) : _bits.CompareTo(other._bits);

    public static bool operator <(IpAddress left, IpAddress right) => left.CompareTo(right) < 0;

    public static bool operator >(IpAddress left, IpAddress right) => left.CompareTo(right) > 0;

    public static bool operator <=(IpAddress left, IpAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >=(IpAddress left, IpAddress right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<char> text = stackalloc char[IPv6Text.MaxLength];
        TryFormat(text, out int length, default, null);
        return new string(text[..length]);
    }

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        charsWritten = 0;
        if (_family != IpFamily.IPv6)
        {
            return !IsSet || ToIPAddress().TryFormat(destination, out charsWritten);
        }

        Span<char> text = stackalloc char[IPv6Text.MaxLength];
        int length = IPv6Text.Write(_bits, text);
        if (!text[..length].TryCopyTo(destination))
        {
            return false;
        }

        charsWritten = length;
        return true;
    }
}
