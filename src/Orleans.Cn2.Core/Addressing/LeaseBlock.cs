using System.Collections.Immutable;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>
/// The leases of 256 consecutive addresses of a prefix: the unit in which leases are stored, so that the same address
/// always meets the same stored record. Compared by value.
/// </summary>
/// <param name="Index">Offset of the block's first address from the network address, divided by 256.</param>
/// <param name="Leases">Leases by the address's offset within the block; only what is leased takes memory.</param>
[GenerateSerializer, Immutable]
public sealed record LeaseBlock(
    [property: Id(0)] ulong Index,
    [property: Id(1)] ImmutableSortedDictionary<byte, Lease> Leases)
{
    /// <summary>Addresses in a block.</summary>
    public const int Size = 256;

    /// <summary>True when nothing is leased: the record may be deleted from the store.</summary>
    public bool IsEmpty => Leases.IsEmpty;

    /// <summary>A block without leases.</summary>
    public static LeaseBlock Empty(ulong index) => new(index, ImmutableSortedDictionary<byte, Lease>.Empty);

    /// <summary>The block in which the address at <paramref name="offset"/> from the network address lies.</summary>
    public static ulong IndexOf(ulong offset) => offset / Size;

    /// <summary>True when both hold the same leases at the same addresses.</summary>
    public bool Equals(LeaseBlock? other) =>
        other is not null && Index == other.Index && Leases.Count == other.Leases.Count && Leases.SequenceEqual(other.Leases);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Index, Leases.Count);
}
