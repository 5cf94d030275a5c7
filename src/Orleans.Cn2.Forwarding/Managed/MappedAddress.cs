using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Managed;

/// <summary>An address as tables key it: 16 bytes, IPv4 as ::ffff:a.b.c.d, in two words of host order.</summary>
internal readonly record struct MappedAddress(ulong High, ulong Low)
{
    private const ulong V4Prefix = 0xffff_0000_0000;

    /// <summary>True for IPv4, and for an IPv6 packet's v4-mapped address, which no key tells from it.</summary>
    public bool IsV4 => High == 0 && Low >> 32 == 0xffff;

    /// <summary>The low 32 bits: the address when it is IPv4.</summary>
    public uint V4 => (uint)Low;

    public static MappedAddress OfV4(uint address) => new(0, V4Prefix | address);

    public static MappedAddress OfV6(ReadOnlySpan<byte> address) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]));

    public static MappedAddress Of(IpAddress address) => address.Family == IpFamily.IPv4
        ? OfV4((uint)address.Bits)
        : new((ulong)(address.Bits >> 64), (ulong)address.Bits);

    public IpAddress ToIpAddress() => IsV4 ? IpAddress.V4(V4) : IpAddress.V6(new UInt128(High, Low));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>What replacing this address by another adds to a checksum's complement (RFC 1624, equation 3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ChangeTo(MappedAddress to) =>
        Words(~High) + Words(~Low) + Words(to.High) + Words(to.Low);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(MappedAddress other) => Differs(other) == 0;

    /// <summary>The bits in which two addresses differ, of both words in one: 0 when they are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Differs(MappedAddress other) => (High ^ other.High) | (Low ^ other.Low);

    public override int GetHashCode() => HashCode.Combine(High, Low);

    private static ulong Words(ulong word) => (word >> 32) + (uint)word;
}
