using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>A released address's wait until no node forwards it any more.</summary>
/// <param name="Since">When it was released.</param>
/// <param name="Fence">What every node must have acknowledged first; opaque to the pool.</param>
[GenerateSerializer, Immutable]
public sealed record Quarantine(
    [property: Id(0)] DateTimeOffset Since,
    [property: Id(1)] ValueList<byte> Fence);
