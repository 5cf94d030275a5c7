using System.Collections.Immutable;

namespace Orleans.Cn2.Contracts.Versions;

/// <summary>
/// What a mutation reached: versions of shards, and versions of members that Services are about to publish (a change of a VMI
/// answers before they did). It is programmed once every Service published its mark and every vRouter holds the shards' versions.
/// </summary>
/// <param name="Shards">At most one mark a shard, by shard.</param>
/// <param name="Members">At most one mark a Service.</param>
[GenerateSerializer, Immutable]
public sealed record Fence(
    [property: Id(0)] ImmutableArray<ShardMark> Shards,
    [property: Id(1)] ImmutableArray<MembersMark> Members)
{
    /// <summary>Nothing to wait for.</summary>
    public static Fence None { get; } = new([], []);

    /// <summary>True when there is nothing to wait for.</summary>
    public bool IsNone => Shards.IsEmpty && Members.IsEmpty;

    /// <summary>A fence of one shard's version.</summary>
    public static Fence Of(int shard, ShardVersion version) => new([new(shard, version)], []);

    /// <summary>A fence of the members' versions that Services have yet to publish.</summary>
    public static Fence Of(IEnumerable<MembersMark> members) => new([], [.. members]);

    /// <summary>What both reached.</summary>
    public Fence And(Fence other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(
            [.. Shards.Concat(other.Shards).GroupBy(mark => mark.Shard, (shard, marks) => new ShardMark(shard, marks.Max(mark => mark.Version))).OrderBy(mark => mark.Shard)],
            [.. Members.Concat(other.Members).GroupBy(mark => mark.Service, (service, marks) => new MembersMark(service, marks.Max(mark => mark.MembersVersion)))]);
    }

    /// <summary>Equality by value.</summary>
    public bool Equals(Fence? other) =>
        other is not null && Shards.AsSpan().SequenceEqual(other.Shards.AsSpan()) && Members.AsSpan().SequenceEqual(other.Members.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (ShardMark mark in Shards)
        {
            hash.Add(mark);
        }

        foreach (MembersMark mark in Members)
        {
            hash.Add(mark);
        }

        return hash.ToHashCode();
    }
}
