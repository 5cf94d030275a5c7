using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>A canonical CIDR prefix (RFC 4632, RFC 4291): no host bits set.</summary>
[GenerateSerializer, Immutable]
public readonly record struct IpPrefix : ISpanParsable<IpPrefix>
{
    /// <summary>A prefix of its network address and length in bits.</summary>
    /// <exception cref="ArgumentException">The length exceeds the family's width, or host bits are set.</exception>
    public IpPrefix(IpAddress network, int length)
    {
        if (!network.IsSet || length < 0 || length > network.Width)
        {
            throw new ArgumentException($"prefix length {length} is not between 0 and {network.Width}", nameof(length));
        }

        if ((network.Bits & HostMask(network.Width, length)) != 0)
        {
            throw new ArgumentException($"{network}/{length} has host bits set", nameof(network));
        }

        (Network, Length) = (network, length);
    }

    /// <summary>The network address.</summary>
    [field: Id(0)]
    public IpAddress Network { get; private init; }

    /// <summary>Length in bits.</summary>
    [field: Id(1)]
    public int Length { get; private init; }

    /// <summary>The family.</summary>
    public IpFamily Family => Network.Family;

    /// <summary>Number of host bits.</summary>
    public int HostBits => Network.Width - Length;

    /// <summary>The last address of the prefix (the broadcast address where the family is IPv4).</summary>
    public IpAddress Last => IpAddress.Of(Family, Network.Bits | HostMask(Network.Width, Length));

    /// <summary>The prefix of <paramref name="length"/> bits that holds <paramref name="address"/>.</summary>
    public static IpPrefix Around(IpAddress address, int length) =>
        new(IpAddress.Of(address.Family, address.Bits & ~HostMask(address.Width, length)), length);

    /// <summary>True when the address has this family and lies within.</summary>
    public bool Contains(IpAddress address) =>
        address.Family == Family && (address.Bits & ~HostMask(address.Width, Length)) == Network.Bits;

    /// <summary>True when the two prefixes share an address.</summary>
    public bool Overlaps(IpPrefix other) => Contains(other.Network) || other.Contains(Network);

    /// <summary>The address at <paramref name="offset"/> from the network address.</summary>
    public IpAddress At(UInt128 offset) => IpAddress.Of(Family, Network.Bits + offset);

    /// <inheritdoc/>
    public static IpPrefix Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out IpPrefix prefix)
            ? prefix
            : throw new FormatException($"'{s}' is not a CIDR prefix without host bits, (e.g. 10.9.8.0/24 or 2001:db8::/64)");

    /// <inheritdoc/>
    public static IpPrefix Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out IpPrefix result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IpPrefix result)
    {
        result = default;
        int slash = s.IndexOf('/');
        if (slash < 0 || !IpAddress.TryParse(s[..slash], provider, out IpAddress network)
            || !TryParseLength(s[(slash + 1)..], network.Width, out int length) || (network.Bits & HostMask(network.Width, length)) != 0)
        {
            return false;
        }

        result = new IpPrefix(network, length);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Network.IsSet ? $"{Network}/{Length}" : "";

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Parses a length in decimal without leading zeros.</summary>
    internal static bool TryParseLength(ReadOnlySpan<char> s, int width, out int length) =>
        int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= width
            && (s.Length == 1 || s[0] != '0');

    private static UInt128 HostMask(int width, int length) =>
        length >= width ? 0 : length == 0 && width == 128 ? UInt128.MaxValue : (UInt128.One << (width - length)) - 1;
}
