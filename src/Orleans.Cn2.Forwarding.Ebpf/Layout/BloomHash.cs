using System.Buffers.Binary;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>The bits of <c>bpf/bloom.h</c>: where the filter has the address of a frontend, or the address and port of a path.</summary>
internal static class BloomHash
{
    /// <summary>Words of 64 bits in the filter.</summary>
    internal const uint Words = 1 << (64 - WordShift);

    private const int WordShift = 47;
    private const int BitShift = 41;

    /// <summary>The word and the bit in it of packets from the address of a path, whatever their port.</summary>
    internal static (uint Word, ulong Bit) OfPath(in Address16 address) => OfPath(address, default);

    /// <summary>The word and the bit in it of packets from a path; the port as it is in a packet.</summary>
    internal static (uint Word, ulong Bit) OfPath(in Address16 address, NetworkShort port)
    {
        (ulong upper, ulong lower) = Halves(address);
        return Place(unchecked((upper * 0x9e3779b97f4a7c15) + (lower * 0xc2b2ae3d27d4eb4f) + (port.Raw * 0xff51afd7ed558ccd)));
    }

    /// <summary>The word and the bit in it of packets to the address of a frontend.</summary>
    internal static (uint Word, ulong Bit) OfFrontend(in Address16 address)
    {
        (ulong upper, ulong lower) = Halves(address);
        return Place(unchecked((upper * 0x165667b19e3779f9) + (lower * 0xd6e8feb86659fd93)));
    }

    // The C side reads an address as it lies in the packet.
    private static (ulong Upper, ulong Lower) Halves(in Address16 address)
    {
        ReadOnlySpan<byte> bytes = address;
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]));
    }

    private static (uint Word, ulong Bit) Place(ulong mixed) => ((uint)(mixed >> WordShift), 1UL << (int)((mixed >> BitShift) & 63));
}
