namespace Orleans.Cn2.Contracts.Versions;

/// <summary>
/// A position in the log of one catalog shard. The epoch is raised by a conditional write at each activation of the shard's
/// grain, so positions of two activations never mix; within an epoch the sequence grows by one a change.
/// Whoever holds a complete table of a higher epoch holds everything of the lower ones.
/// </summary>
[GenerateSerializer, Immutable]
public readonly record struct ShardVersion([property: Id(0)] ulong Epoch, [property: Id(1)] ulong Seq) : IComparable<ShardVersion>
{
    /// <summary>Before every change; a reader that has nothing has this.</summary>
    public static ShardVersion None => default;

    /// <inheritdoc/>
    public int CompareTo(ShardVersion other) => Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Seq.CompareTo(other.Seq);

    public static bool operator <(ShardVersion left, ShardVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(ShardVersion left, ShardVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(ShardVersion left, ShardVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ShardVersion left, ShardVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Epoch}.{Seq}";
}
