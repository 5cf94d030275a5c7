using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.Subnets;

/// <summary>What a subnet's addresses are for.</summary>
public enum SubnetPurpose
{
    /// <summary>FloatingIPs of Services.</summary>
    Service,

    /// <summary>Addresses of VMIs.</summary>
    Pod,

    /// <summary>Addresses that are reachable from outside.</summary>
    External,
}

/// <summary>A subnet as asked.</summary>
/// <param name="Prefixes">One or two canonical prefixes, one a family; the first is the default family. A second one may be added later, nothing else changes.</param>
/// <param name="Purpose">What it is for.</param>
[GenerateSerializer, Immutable]
public sealed record SubnetSpec([property: Id(0)] ImmutableArray<IpPrefix> Prefixes, [property: Id(1)] SubnetPurpose Purpose)
{
    /// <summary>Equality by value.</summary>
    public bool Equals(SubnetSpec? other) =>
        other is not null && Purpose == other.Purpose && Prefixes.AsSpan().SequenceEqual(other.Prefixes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Purpose, Prefixes.Length);
}
