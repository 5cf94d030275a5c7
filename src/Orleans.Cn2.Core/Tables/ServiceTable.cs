using System.Collections.Immutable;

namespace Orleans.Cn2.Core.Tables;

/// <summary>
/// A Service compiled for one node: the unit that a vRouter applies as a whole. Immutable and versioned by <paramref name="Generation"/>.
/// </summary>
/// <param name="Uid">Uid of the Service; a re-created Service of the same name is another table.</param>
/// <param name="Name">Namespace and name.</param>
/// <param name="Generation">ServiceGeneration: grows with every change of this uid's compiled state.</param>
/// <param name="Frontends">Sorted by (address, protocol, port).</param>
[GenerateSerializer, Immutable]
public sealed record ServiceTable(
    [property: Id(0)] Guid Uid,
    [property: Id(1)] NamespacedName Name,
    [property: Id(2)] ulong Generation,
    [property: Id(3)] ImmutableArray<Frontend> Frontends)
{
    /// <summary>True when this may replace <paramref name="previous"/>: the same Service, later. A table that is none must be refused.</summary>
    public bool IsSuccessorTo(ServiceTable previous)
    {
        ArgumentNullException.ThrowIfNull(previous);
        return Uid == previous.Uid && Generation > previous.Generation;
    }

    /// <summary>Equality by value, frontends included.</summary>
    public bool Equals(ServiceTable? other) =>
        other is not null && Uid == other.Uid && Name == other.Name && Generation == other.Generation
        && Frontends.AsSpan().SequenceEqual(other.Frontends.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Uid, Generation, Frontends.Length);
}
