using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;
using Orleans.Concurrency;

namespace Orleans.Cn2.Grains.Progress;

/// <summary>
/// What the vRouters acknowledged, in memory. After its start it answers only once every relay had time to report anew: an answer from nothing would
/// call a fence programmed that nobody holds.
/// </summary>
[Reentrant]
internal sealed class ProgressGrain(TimeProvider time) : Grain, IProgressGrain
{
    /// <summary>Relays repeat their whole report this often.</summary>
    public static readonly TimeSpan ReportPeriod = TimeSpan.FromMilliseconds(300);

    private const int MostNamesTold = 20;
    private readonly Dictionary<string, NodeProgress> _nodes = [];
    private long _started;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _started = time.GetTimestamp();
        return Task.CompletedTask;
    }

    public Task Report(ImmutableArray<NodeProgress> nodes)
    {
        foreach (NodeProgress progress in nodes)
        {
            if (!_nodes.TryGetValue(progress.Node, out NodeProgress? known) || progress.Session >= known.Session)
            {
                _nodes[progress.Node] = progress;
            }
        }

        return Task.CompletedTask;
    }

    public Task Forget(string node)
    {
        _nodes.Remove(node);
        return Task.CompletedTask;
    }

    public async Task<FenceProgress> Query(Fence fence)
    {
        await InformedAsync();
        ClusterInventory inventory = await InventoryAsync();
        NodeProgress[] live = [.. inventory.Nodes.Select(node => _nodes.GetValueOrDefault(node)).OfType<NodeProgress>().Where(progress => progress.Live)];
        string[] behind = [.. live.Where(progress => !progress.Versions.Covers(fence)).Select(progress => progress.Node)];
        return new FenceProgress(
            live.Length - behind.Length,
            live.Length,
            [.. behind.Take(MostNamesTold)],
            inventory.Nodes.All(node => _nodes.TryGetValue(node, out NodeProgress? progress) && progress.Versions.Covers(fence)));
    }

    public async Task<ProgressFloor> GetFloor()
    {
        await InformedAsync();
        ClusterInventory inventory = await InventoryAsync();
        ShardVersion[] least = new ShardVersion[ShardMap.Shards];
        for (int shard = 0; shard < least.Length; shard++)
        {
            least[shard] = inventory.Nodes.IsEmpty
                ? ShardVersion.None
                : inventory.Nodes.Min(node => _nodes.TryGetValue(node, out NodeProgress? progress) ? progress.Versions[shard] : ShardVersion.None);
        }

        return new ProgressFloor(inventory.Nodes.Length, new ShardVector([.. least]));
    }

    private async Task InformedAsync()
    {
        TimeSpan missing = (ReportPeriod * 3) - time.GetElapsedTime(_started);
        if (missing > TimeSpan.Zero)
        {
            await Task.Delay(missing, time);
        }
    }

    private Task<ClusterInventory> InventoryAsync() => GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory();
}
