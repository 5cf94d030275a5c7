using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Api.Watching;

/// <summary>Objects that nobody logs changes of: few, and seldom changed, so all are looked at once a second, and told as they then stand.</summary>
internal abstract class PolledFeed(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time, ILogger log) : ObjectFeed(lifetime, time, log)
{
    private const int AtOnce = 64;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>The grains.</summary>
    protected IGrainFactory Grains { get; } = grains;

    /// <summary>Names of the objects there are.</summary>
    protected abstract IEnumerable<string> NamesIn(ClusterInventory inventory);

    /// <summary>An object as it stands, or null when it is gone.</summary>
    protected abstract Task<WatchedObject?> GetAsync(string name);

    /// <inheritdoc/>
    protected override Task RunAsync(ObjectBoard board, CancellationToken stopping) => RepeatAsync(
        async () =>
        {
            ClusterInventory inventory = await Grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory().ConfigureAwait(false);
            HashSet<NamespacedName> present = [];
            foreach (string[] some in NamesIn(inventory).Chunk(AtOnce))
            {
                foreach (WatchedObject item in (await Task.WhenAll(some.Select(GetAsync)).ConfigureAwait(false)).OfType<WatchedObject>())
                {
                    present.Add(item.Name);
                    board.Put(item);
                }
            }

            foreach (NamespacedName name in board.Names().Where(name => !present.Contains(name)))
            {
                board.Remove(name);
            }

            board.SetFilled();
            await PauseAsync(Period, stopping).ConfigureAwait(false);
        },
        stopping);
}
