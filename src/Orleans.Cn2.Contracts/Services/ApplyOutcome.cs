using Orleans.Cn2.Contracts.Versions;

namespace Orleans.Cn2.Contracts.Services;

/// <summary>What an apply did, as kubectl words it.</summary>
public enum ApplyResult
{
    /// <summary>There was none of this name.</summary>
    Created,

    /// <summary>The stored one changed.</summary>
    Configured,

    /// <summary>It was as asked already.</summary>
    Unchanged,
}

/// <summary>The answer to an apply.</summary>
/// <param name="View">The Service afterwards; of a dry run, as it would be.</param>
/// <param name="Fence">What the change reached; <see cref="Versions.Fence.None"/> for a dry run.</param>
/// <param name="Result">What was done.</param>
[GenerateSerializer, Immutable]
public sealed record ApplyOutcome(
    [property: Id(0)] ServiceView View,
    [property: Id(1)] Fence Fence,
    [property: Id(2)] ApplyResult Result);
