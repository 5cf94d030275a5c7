namespace Orleans.Cn2.Core.Addressing;

/// <summary>
/// Which addresses of a prefix a pool gives out, as offsets from the network address, and where the static band ends.
/// The network address is never usable, nor is IPv4's broadcast address; the last IPv6 address is.
/// </summary>
public readonly record struct AddressBands
{
    private AddressBands(ulong last, ulong dynamicFirst) => (Last, DynamicFirst) = (last, dynamicFirst);

    /// <summary>First usable offset.</summary>
    public const ulong First = 1;

    /// <summary>Last usable offset; 0 when no address is usable.</summary>
    public ulong Last { get; }

    /// <summary>
    /// First offset of the dynamic (upper) band. The static (lower) band, <see cref="First"/> up to the one before, is meant
    /// for addresses asked for by name and taken from only when the upper band is full.
    /// </summary>
    public ulong DynamicFirst { get; }

    /// <summary>Number of usable addresses.</summary>
    public ulong Usable => Last;

    /// <summary>Number of addresses in the static band.</summary>
    public ulong StaticSize => DynamicFirst - First;

    /// <summary>
    /// The bands of <paramref name="prefix"/> (KEP-3070): with size 2^(host bits), the static band has no address up to
    /// size 16, else size/16 of them, at least 16 and at most 256.
    /// </summary>
    /// <exception cref="ArgumentException">More than 64 host bits.</exception>
    public static AddressBands Of(IpPrefix prefix)
    {
        int hostBits = prefix.HostBits;
        if (hostBits > 64)
        {
            throw new ArgumentException($"a pool has at most 64 host bits, {prefix} has {hostBits}", nameof(prefix));
        }

        ulong highest = hostBits == 64 ? ulong.MaxValue : (1UL << hostBits) - 1;
        ulong last = prefix.Family == IpFamily.IPv4 && highest > 0 ? highest - 1 : highest;
        ulong reserved = hostBits <= 4 ? 0 : hostBits >= 12 ? 256 : Math.Clamp((1UL << hostBits) / 16, 16, 256);
        return new(last, First + reserved);
    }

    /// <summary>True when the address at this offset may be given out.</summary>
    public bool Contains(ulong offset) => offset >= First && offset <= Last;
}
