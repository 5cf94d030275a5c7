using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding;

/// <summary>
/// How many leading bits of a client's address session affinity looks at: clients that share them share a back end. Equal on all nodes of a cluster,
/// or clients from outside change back ends with the node they arrive at.
/// </summary>
/// <param name="IPv4">0 to 32.</param>
/// <param name="IPv6">0 to 128; 64 keeps a host that changes its own address within its subnet on its back end.</param>
public readonly record struct AffinityPrefix(byte IPv4, byte IPv6)
{
    /// <summary>Whole addresses.</summary>
    public static AffinityPrefix Whole { get; } = new(32, 128);

    /// <summary>The mask over an address of 16 bytes, IPv4 as ::ffff:a.b.c.d.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More bits than the family has.</exception>
    public UInt128 MaskOf(IpFamily family)
    {
        int width = family == IpFamily.IPv4 ? 32 : 128;
        int bits = family == IpFamily.IPv4 ? IPv4 : IPv6;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, width, nameof(family));
        int ignored = width - bits;
        return ignored == 128 ? 0 : UInt128.MaxValue << ignored;
    }
}
