using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Endpoints;
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
/// <param name="Endpoints">Its back ends as published last, draining ones included; empty when none was published since the grain started.</param>
[GenerateSerializer, Immutable]
public sealed record ServiceView(
    [property: Id(0)] Guid Uid,
    [property: Id(1)] ulong ResourceVersion,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] AdmittedService Admitted,
    [property: Id(4)] ValueList<FloatingIp> FloatingIps,
    [property: Id(5)] ulong Generation,
    [property: Id(6)] ServicePhase Phase,
    [property: Id(7)] ValueList<ServiceEndpoint> Endpoints)
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
