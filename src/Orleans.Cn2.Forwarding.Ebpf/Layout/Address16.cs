using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>An address as the maps hold it: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d.</summary>
[InlineArray(16)]
internal struct Address16
{
    private byte _first;

    internal static Address16 Of(IpAddress address)
    {
        Address16 bytes = default;
        if (address.IsSet)
        {
            address.WriteKey(bytes);
        }

        return bytes;
    }

    internal static Address16 OfBits(UInt128 bits)
    {
        Address16 bytes = default;
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return bytes;
    }

    internal readonly IpAddress ToAddress() => IpAddress.FromKey(this);

    /// <summary>The mask of a prefix: of an IPv4 one the leading 96 bits are set too.</summary>
    internal static Address16 MaskOf(IpPrefix prefix)
    {
        int bits = prefix.Length + 128 - prefix.Network.Width;
        return OfBits(bits == 0 ? 0 : UInt128.MaxValue << (128 - bits));
    }
}
