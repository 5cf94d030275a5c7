using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Concurrency;

namespace Orleans.Cn2.Contracts.Progress;

/// <summary>
/// Which versions the vRouters hold, key <see cref="Key"/>. It keeps nothing: every silo reports anew after a restart, and what
/// a registered node did not report counts as <see cref="ShardVersion.None"/>, unless it never had a worker. A silo that falls silent for 3 s has no live
/// vRouters any more. It awaits the cluster grain (which nodes are registered) and an interleaving read of node grains (whether they ever had a worker).
/// </summary>
[Alias("cn2.IProgressGrain")]
public interface IProgressGrain : IGrainWithIntegerKey
{
    /// <summary>The only key.</summary>
    public const long Key = 0;

    /// <summary>A silo's coalesced report of its vRouters. Repeating it is harmless.</summary>
    [Alias("Report")]
    Task Report(ImmutableArray<NodeProgress> nodes);

    /// <summary>A node was deleted: nothing waits for it any more.</summary>
    [Alias("Forget")]
    Task Forget(string node);

    /// <summary>How far a fence's shard marks are reached. Members marks are resolved by the asker through <c>IServiceGrain.Published</c> first.</summary>
    [ReadOnly, Alias("Query")]
    Task<FenceProgress> Query(Fence fence);

    /// <summary>What all registered vRouters hold, for releasing addresses.</summary>
    [ReadOnly, Alias("GetFloor")]
    Task<ProgressFloor> GetFloor();
}
