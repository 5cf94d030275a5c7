using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.Progress;

/// <summary>What the vRouters reported, and when. Rules only: the readings of a clock that is never set are passed in.</summary>
/// <param name="expiry">A node of which nothing is heard for longer is not live.</param>
internal sealed class ProgressLedger(TimeSpan expiry)
{
    private const int MostNamesTold = 20;
    private readonly Dictionary<string, (NodeProgress Progress, TimeSpan At)> _nodes = [];

    /// <summary>
    /// Takes a report. A lower session than the one known is an older stream's and is ignored while the newer one is live; after that it counts, for
    /// sessions are made from the clocks of silos, which may differ.
    /// </summary>
    public void Take(NodeProgress progress, TimeSpan now)
    {
        if (!_nodes.TryGetValue(progress.Node, out (NodeProgress Progress, TimeSpan At) known)
            || progress.Session >= known.Progress.Session || !IsLive(known, now))
        {
            _nodes[progress.Node] = (progress, now);
        }
    }

    /// <summary>Forgets a node.</summary>
    public void Forget(string node) => _nodes.Remove(node);

    /// <summary>True when something was reported of the node.</summary>
    public bool Knows(string node) => _nodes.ContainsKey(node);

    /// <summary>How far a fence is reached by these registered nodes.</summary>
    /// <param name="nodes">Registered nodes that have, or had, a vRouter.</param>
    /// <param name="fence">The fence.</param>
    /// <param name="now">The time.</param>
    public FenceProgress Reached(IReadOnlyCollection<string> nodes, Fence fence, TimeSpan now)
    {
        NodeProgress[] live = [.. nodes.Where(_nodes.ContainsKey).Select(node => _nodes[node]).Where(known => IsLive(known, now)).Select(known => known.Progress)];
        string[] behind = [.. live.Where(progress => !progress.Versions.Covers(fence)).Select(progress => progress.Node)];
        return new FenceProgress(
            live.Length - behind.Length,
            live.Length,
            [.. behind.Take(MostNamesTold)],
            nodes.All(node => _nodes.TryGetValue(node, out (NodeProgress Progress, TimeSpan) known) && known.Progress.Versions.Covers(fence)));
    }

    /// <summary>The least version of each shard that these nodes hold, with what lost ones acknowledged last.</summary>
    public ProgressFloor Floor(IReadOnlyCollection<string> nodes)
    {
        ImmutableArray<ShardVersion>.Builder least = ImmutableArray.CreateBuilder<ShardVersion>(ShardMap.Shards);
        for (int shard = 0; shard < ShardMap.Shards; shard++)
        {
            least.Add(nodes.Select(node => _nodes.TryGetValue(node, out (NodeProgress Progress, TimeSpan) known) ? known.Progress.Versions[shard] : ShardVersion.None)
                .DefaultIfEmpty(ShardVersion.None).Min());
        }

        return new ProgressFloor(nodes.Count, new ShardVector(least.MoveToImmutable()));
    }

    private bool IsLive((NodeProgress Progress, TimeSpan At) known, TimeSpan now) => known.Progress.Live && now - known.At <= expiry;
}
