using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.Cluster;

/// <summary>What the cluster has, each list in ordinal order of the names.</summary>
/// <param name="Revision">Grows with every change of the inventory.</param>
/// <param name="Subnets">Subnets with what others must know of them.</param>
/// <param name="Nodes">Names of registered nodes.</param>
/// <param name="Namespaces">Namespaces that had a VMI or a Service.</param>
/// <param name="DefaultServiceSubnet">The subnet whose families are the cluster's and that is claimed from first: the first service subnet applied; null without one.</param>
[GenerateSerializer, Immutable]
public sealed record ClusterInventory(
    [property: Id(0)] ulong Revision,
    [property: Id(1)] ImmutableArray<SubnetEntry> Subnets,
    [property: Id(2)] ImmutableArray<string> Nodes,
    [property: Id(3)] ImmutableArray<string> Namespaces,
    [property: Id(4)] string? DefaultServiceSubnet);

/// <summary>A subnet in the inventory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Prefixes">One or two, one a family, the default family first.</param>
[GenerateSerializer, Immutable]
public sealed record SubnetEntry(
    [property: Id(0)] string Name,
    [property: Id(1)] SubnetPurpose Purpose,
    [property: Id(2)] ImmutableArray<IpPrefix> Prefixes)
{
    /// <summary>Equality by value.</summary>
    public bool Equals(SubnetEntry? other) =>
        other is not null && Name == other.Name && Purpose == other.Purpose && Prefixes.AsSpan().SequenceEqual(other.Prefixes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Purpose, Prefixes.Length);
}
