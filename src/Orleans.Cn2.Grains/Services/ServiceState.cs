using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Grains.Services;

/// <summary>What persists of a Service: what it is, and what was begun and must be finished or undone.</summary>
[GenerateSerializer]
internal sealed class ServiceState
{
    /// <summary>The Service; null when there is none.</summary>
    [Id(0)]
    public StoredService? Stored { get; set; }

    /// <summary>Token under which the name is on its shard's list.</summary>
    [Id(1)]
    public ulong ListToken { get; set; }

    /// <summary>
    /// Raised at each activation: the high half of the generations published in it, so that ServiceGeneration grows over restarts without a write per change.
    /// </summary>
    [Id(2)]
    public uint GenerationEpoch { get; set; }

    /// <summary>Claims made for a create or update that is not stored yet: undone when it never will be.</summary>
    [Id(3)]
    public ValueList<PendingClaim> Claims { get; set; } = [];

    /// <summary>Addresses that the stored Service no longer has, to be released once its tables say so.</summary>
    [Id(4)]
    public ValueList<FloatingIp> Releases { get; set; } = [];

    /// <summary>True once a deletion was accepted: it is finished whatever happens.</summary>
    [Id(5)]
    public bool Deleting { get; set; }
}

/// <summary>A Service as stored.</summary>
[GenerateSerializer, Immutable]
internal sealed record StoredService(
    [property: Id(0)] Guid Uid,
    [property: Id(1)] ulong ResourceVersion,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] AdmittedService Admitted,
    [property: Id(4)] ValueList<FloatingIp> FloatingIps);

/// <summary>A claim written down before it is made.</summary>
[GenerateSerializer, Immutable]
internal sealed record PendingClaim([property: Id(0)] Guid ClaimId, [property: Id(1)] string Subnet, [property: Id(2)] IpFamily Family);
