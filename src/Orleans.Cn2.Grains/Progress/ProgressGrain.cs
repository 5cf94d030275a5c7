using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Concurrency;

namespace Orleans.Cn2.Grains.Progress;

/// <summary>
/// What the vRouters acknowledged, in memory. After its start it answers only once every reporter had time to tell anew: an answer from nothing would
/// call a fence programmed that nobody holds. A node that never had a worker holds nothing and waits for nothing: it counts neither for fences nor
/// for releases.
/// </summary>
[Reentrant]
internal sealed class ProgressGrain(TimeProvider time) : Grain, IProgressGrain
{
    private readonly ProgressLedger _ledger = new(ProgressReporter.Period * 6);
    private long _started;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _started = time.GetTimestamp();
        return Task.CompletedTask;
    }

    public Task Report(ImmutableArray<NodeProgress> nodes)
    {
        TimeSpan now = time.GetElapsedTime(_started);
        foreach (NodeProgress progress in nodes)
        {
            _ledger.Take(progress, now);
        }

        return Task.CompletedTask;
    }

    public Task Forget(string node)
    {
        _ledger.Forget(node);
        return Task.CompletedTask;
    }

    public async Task<FenceProgress> Query(Fence fence)
    {
        string[] nodes = await NodesAsync();
        return _ledger.Reached(nodes, fence, time.GetElapsedTime(_started));
    }

    public async Task<ProgressFloor> GetFloor() => _ledger.Floor(await NodesAsync());

    // Nodes that have or had a vRouter. Of those that reported it is plain; the others are asked, by a read that they answer at any time.
    private async Task<string[]> NodesAsync()
    {
        TimeSpan missing = (ProgressReporter.Period * 2) - time.GetElapsedTime(_started);
        if (missing > TimeSpan.Zero)
        {
            await Task.Delay(missing, time);
        }

        ClusterInventory inventory = await GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory();
        bool[] counts = await Task.WhenAll(inventory.Nodes.Select(async node => _ledger.Knows(node)
            || await GrainFactory.GetGrain<INodeGrain>(node).Get() is not (null or { Presence: NodePresence.Never })));
        return [.. inventory.Nodes.Where((_, index) => counts[index])];
    }
}
