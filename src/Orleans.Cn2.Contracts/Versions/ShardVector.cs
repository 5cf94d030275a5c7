using System.Collections.Immutable;

namespace Orleans.Cn2.Contracts.Versions;

/// <summary>A version for each shard, by shard; shards beyond the array's end are at <see cref="ShardVersion.None"/>.</summary>
[GenerateSerializer, Immutable]
public readonly record struct ShardVector([property: Id(0)] ImmutableArray<ShardVersion> Versions)
{
    /// <summary>The version of a shard.</summary>
    public ShardVersion this[int shard] => !Versions.IsDefault && shard < Versions.Length ? Versions[shard] : ShardVersion.None;

    /// <summary>True when every shard mark of the fence is reached; members marks are not looked at.</summary>
    public bool Covers(Fence fence)
    {
        ArgumentNullException.ThrowIfNull(fence);
        foreach (ShardMark mark in fence.Shards)
        {
            if (this[mark.Shard] < mark.Version)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Equality by value.</summary>
    public bool Equals(ShardVector other) => AsSpan(this).SequenceEqual(AsSpan(other));

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (ShardVersion version in AsSpan(this))
        {
            hash.Add(version);
        }

        return hash.ToHashCode();
    }

    private static ReadOnlySpan<ShardVersion> AsSpan(ShardVector vector) => vector.Versions.IsDefault ? [] : vector.Versions.AsSpan();
}
