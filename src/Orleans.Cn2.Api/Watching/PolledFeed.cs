using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Api.Watching;

/// <summary>Objects that nobody logs changes of: few, and seldom changed, so all are looked at once a second, and told as they then stand. One that can't be read keeps the others from nothing.</summary>
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
    protected override async Task RunAsync(ObjectBoard board, CancellationToken stopping)
    {
        HashSet<NamespacedName> failing = [];
        await RepeatAsync(
            async () =>
            {
                ClusterInventory inventory = await Grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory().ConfigureAwait(false);
                HashSet<NamespacedName> present = [];
                HashSet<NamespacedName> failed = [];
                HashSet<NamespacedName> known = [.. board.Names()];
                foreach (string[] some in NamesIn(inventory).Chunk(AtOnce))
                {
                    foreach ((NamespacedName name, WatchedObject? item, string? cause) in await Task.WhenAll(some.Select(TryGetAsync)).ConfigureAwait(false))
                    {
                        if (cause is not null)
                        {
                            // It stays as it was told last, or is not known to be there or gone.
                            failed.Add(name);
                            present.Add(name);
                            Note(board, name, cause, failing.Contains(name), known.Contains(name));
                        }
                        else if (item is not null)
                        {
                            present.Add(name);
                            board.Put(item);
                        }
                    }
                }

                foreach (NamespacedName name in board.Names().Where(name => !present.Contains(name)))
                {
                    board.Remove(name);
                }

                foreach (NamespacedName name in failing.Except(failed))
                {
                    board.SetRead(name);
                }

                failing = failed;
                board.SetFilled();
                await PauseAsync(Period, stopping).ConfigureAwait(false);
            },
            stopping).ConfigureAwait(false);
    }

    private void Note(ObjectBoard board, NamespacedName name, string cause, bool again, bool onBoard)
    {
        if (!again)
        {
            Told(name, cause);
        }

        if (!onBoard)
        {
            board.SetUnread(name);
        }
    }

    private async Task<(NamespacedName Name, WatchedObject? Item, string? Cause)> TryGetAsync(string name)
    {
        NamespacedName key = new("", name);
        try
        {
            return (key, await GetAsync(name).ConfigureAwait(false), null);
        }
        catch (Exception failure)
        {
            return (key, null, failure.Message);
        }
    }
}
