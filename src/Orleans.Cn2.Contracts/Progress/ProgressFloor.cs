using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;

namespace Orleans.Cn2.Contracts.Progress;

/// <summary>What all registered vRouters hold at least, lost ones with what they acknowledged last.</summary>
/// <param name="Registered">Number of registered nodes that have, or had, a worker.</param>
/// <param name="Versions">The least version of each shard that a registered vRouter acknowledged.</param>
[GenerateSerializer, Immutable]
public sealed record ProgressFloor([property: Id(0)] int Registered, [property: Id(1)] ShardVector Versions)
{
    /// <summary>True when no registered vRouter is behind the fence's shards; so without any node.</summary>
    public bool Covers(Fence fence) => Registered == 0 || Versions.Covers(fence);
}

/// <summary>How far a fence is reached.</summary>
/// <param name="Reached">Live vRouters that hold it.</param>
/// <param name="Live">Live vRouters.</param>
/// <param name="WaitingFor">Names of live nodes that do not hold it, at most 20.</param>
/// <param name="Registered">True when every registered vRouter, lost ones included, holds it.</param>
[GenerateSerializer, Immutable]
public sealed record FenceProgress(
    [property: Id(0)] int Reached,
    [property: Id(1)] int Live,
    [property: Id(2)] ImmutableArray<string> WaitingFor,
    [property: Id(3)] bool Registered)
{
    /// <summary>True when this share of the live vRouters holds it, 1..100 percent; so where none is live.</summary>
    public bool Has(uint percent) => (long)Reached * 100 >= (long)Live * percent;
}

/// <summary>What one vRouter holds, as its silo reports it.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Session">The session the acknowledgement belongs to; a lower one is ignored while the one known is live.</param>
/// <param name="Live">False when the session ended.</param>
/// <param name="Versions">What it acknowledged.</param>
[GenerateSerializer, Immutable]
public sealed record NodeProgress(
    [property: Id(0)] string Node,
    [property: Id(1)] ulong Session,
    [property: Id(2)] bool Live,
    [property: Id(3)] ShardVector Versions);
