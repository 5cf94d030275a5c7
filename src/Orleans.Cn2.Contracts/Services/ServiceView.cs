using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Contracts.Services;

/// <summary>Where a Service is in its life.</summary>
public enum ServicePhase
{
    /// <summary>It is there.</summary>
    Active,

    /// <summary>Its deletion is persisted and irrevocable; its addresses are not released yet.</summary>
    Deleting,
}

/// <summary>A Service as it stands.</summary>
/// <param name="Uid">Its uid.</param>
/// <param name="ResourceVersion">Opaque; grows with every persisted change, also beyond deletion and re-creation under the name.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="Admitted">Name, labels, annotations, spec.</param>
/// <param name="FloatingIps">Its addresses, in the order of <c>spec.clusterIPs</c>.</param>
/// <param name="Generation">ServiceGeneration published last; 0 when none was since the grain started.</param>
/// <param name="Phase">Where it is in its life.</param>
/// <param name="Members">VMIs that are ECMP paths, draining ones included; empty until its members were read once.</param>
[GenerateSerializer, Immutable]
public sealed record ServiceView(
    [property: Id(0)] Guid Uid,
    [property: Id(1)] ulong ResourceVersion,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] AdmittedService Admitted,
    [property: Id(4)] ImmutableArray<FloatingIp> FloatingIps,
    [property: Id(5)] ulong Generation,
    [property: Id(6)] ServicePhase Phase,
    [property: Id(7)] ImmutableArray<ServiceMember> Members)
{
    /// <summary>Namespace and name.</summary>
    public NamespacedName Name => Admitted.Name;
}

/// <summary>The address of one family of a Service.</summary>
/// <param name="Address">The address.</param>
/// <param name="Subnet">Name of the subnet it is leased from.</param>
/// <param name="ClaimId">The claim it was granted for.</param>
/// <param name="Since">When the Service got it.</param>
[GenerateSerializer, Immutable]
public sealed record FloatingIp(
    [property: Id(0)] IpAddress Address,
    [property: Id(1)] string Subnet,
    [property: Id(2)] Guid ClaimId,
    [property: Id(3)] DateTimeOffset Since);

/// <summary>A VMI that is an ECMP path of a Service.</summary>
/// <param name="Uid">Uid of the VMI.</param>
/// <param name="Name">Its namespace and name.</param>
/// <param name="Addresses">Its addresses.</param>
/// <param name="Selectable">True when new flows may choose it: selected, ready and not terminating.</param>
[GenerateSerializer, Immutable]
public sealed record ServiceMember(
    [property: Id(0)] Guid Uid,
    [property: Id(1)] NamespacedName Name,
    [property: Id(2)] ImmutableArray<IpAddress> Addresses,
    [property: Id(3)] bool Selectable);
