using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tables;

/// <summary>How a frontend treats packets beyond its paths.</summary>
[Flags]
public enum FrontendFlags : ushort
{
    None = 0,

    /// <summary>internalTrafficPolicy Local with endpoints elsewhere: without a local path packets are dropped, not rejected.</summary>
    LocalOnly = 1,

    /// <summary>sessionAffinity ClientIP: the choice depends on the source address alone.</summary>
    ClientIpAffinity = 2,
}

/// <summary>One (FloatingIP, protocol, port) with its ECMP group: what a vRouter programs.</summary>
/// <param name="Address">The FloatingIP.</param>
/// <param name="Protocol">Transport protocol.</param>
/// <param name="Port">Service port.</param>
/// <param name="Id">64-bit id of the service port and family (<see cref="TableIds.OfFrontend"/>).</param>
/// <param name="Flags">Treatment of packets.</param>
/// <param name="AffinitySeconds">Session affinity timeout in seconds, 0 without affinity.</param>
/// <param name="Paths">All paths, sorted by (address, port, VMI id); selectable are those in state active.</param>
[GenerateSerializer, Immutable]
public sealed record Frontend(
    [property: Id(0)] IpAddress Address,
    [property: Id(1)] TransportProtocol Protocol,
    [property: Id(2)] ushort Port,
    [property: Id(3)] ulong Id,
    [property: Id(4)] FrontendFlags Flags,
    [property: Id(5)] uint AffinitySeconds,
    [property: Id(6)] ImmutableArray<EcmpPath> Paths)
{
    /// <summary>Equality by value, paths included.</summary>
    public bool Equals(Frontend? other) =>
        other is not null && Address == other.Address && Protocol == other.Protocol && Port == other.Port && Id == other.Id
        && Flags == other.Flags && AffinitySeconds == other.AffinitySeconds && Paths.AsSpan().SequenceEqual(other.Paths.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, Protocol, Port, Id, Flags, Paths.Length);
}
