using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Grains.Services;

/// <summary>What persists of a Service: what it is, and what was begun and must be finished or undone.</summary>
[GenerateSerializer, Immutable]
internal sealed record ServiceState
{
    /// <summary>The Service; null when there is none.</summary>
    [Id(0)]
    public StoredService? Stored { get; init; }

    /// <summary>Token under which the name is on its shard's list; set with <see cref="Stored"/>.</summary>
    [Id(1)]
    public ulong ListToken { get; init; }

    /// <summary>
    /// Raised at each activation: generations published in it begin there (<see cref="ServiceRules.Generation"/>), so that ServiceGeneration grows over
    /// restarts without a write per change.
    /// </summary>
    [Id(2)]
    public ulong GenerationEpoch { get; init; }

    /// <summary>Intent: claims made for a create or update that is not stored yet; undone when it never will be.</summary>
    [Id(3)]
    public ValueList<PendingClaim> Claims { get; init; } = [];

    /// <summary>Intent: addresses that the stored Service no longer has, to be released once its tables say so.</summary>
    [Id(4)]
    public ValueList<FloatingIp> Releases { get; init; } = [];

    /// <summary>Intent: a deletion was accepted; it is finished whatever happens.</summary>
    [Id(5)]
    public bool Deleting { get; init; }

    /// <summary>
    /// Ids of the VMIs that are endpoints. One that is selected no more drains as long as it exists, also when every process died in between.
    /// </summary>
    [Id(6)]
    public ValueList<ulong> Members { get; init; } = [];

    /// <summary>True when something begun waits to be finished or undone.</summary>
    public bool IsHalfDone => Deleting || Claims.Count > 0 || Releases.Count > 0;
}

/// <summary>A Service as stored. The last is the request that it was stored by, where that has a name; earlier builds did not note it.</summary>
[GenerateSerializer, Immutable]
internal sealed record StoredService(
    [property: Id(0)] Guid Uid,
    [property: Id(1)] ulong ResourceVersion,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] AdmittedService Admitted,
    [property: Id(4)] ValueList<FloatingIp> FloatingIps,
    [property: Id(5)] Guid? RequestId = null);

/// <summary>A claim written down before it is made.</summary>
/// <param name="ClaimId">Its id.</param>
/// <param name="Subnets">The subnets it is made in, in this order, until one has an address.</param>
/// <param name="Family">Family of the address.</param>
[GenerateSerializer, Immutable]
internal sealed record PendingClaim(
    [property: Id(0)] Guid ClaimId,
    [property: Id(1)] ValueList<string> Subnets,
    [property: Id(2)] IpFamily Family);
