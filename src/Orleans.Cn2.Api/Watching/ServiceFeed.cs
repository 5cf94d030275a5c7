using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Api.Watching;

/// <summary>Services: reads the log of every shard, and for each Service that it names how it stands now.</summary>
internal sealed class ServiceFeed(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ServiceFeed> log)
    : ObjectFeed(lifetime, time, log)
{
    private const int EntriesPerRead = 256;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override string Kind => "services";

    /// <inheritdoc/>
    protected override async Task RunAsync(ObjectBoard board, CancellationToken stopping)
    {
        int unread = ShardMap.Shards;
        await Task.WhenAll(Enumerable.Range(0, ShardMap.Shards).Select(FollowAsync)).ConfigureAwait(false);

        async Task FollowAsync(int shard)
        {
            ShardVersion have = ShardVersion.None;
            bool read = false;
            await RepeatAsync(
                async () =>
                {
                    ShardChanges changes = await grains.GetGrain<ICatalogGrain>(shard).Read(have, EntriesPerRead, Wait).ConfigureAwait(false);
                    if (!changes.Ready)
                    {
                        return;
                    }

                    await TakeAsync(board, shard, changes).ConfigureAwait(false);
                    have = changes.To;
                    if (!read && !changes.More)
                    {
                        read = true;
                        if (Interlocked.Decrement(ref unread) == 0)
                        {
                            board.SetFilled();
                        }
                    }
                },
                stopping).ConfigureAwait(false);
        }
    }

    private async Task TakeAsync(ObjectBoard board, int shard, ShardChanges changes)
    {
        HashSet<NamespacedName> concerned = [.. changes.Upserts.Select(entry => entry.Entry.Name), .. changes.Deletes.Select(entry => entry.Name)];
        if (changes.Complete)
        {
            concerned.UnionWith(board.Names().Where(name => ShardMap.ShardOf(name) == shard));
        }

        Dictionary<NamespacedName, ServiceEntry> published = changes.Upserts.ToDictionary(entry => entry.Entry.Name, entry => entry.Entry);
        foreach (NamespacedName[] some in concerned.Chunk(EntriesPerRead))
        {
            ServiceView?[] views = await Task.WhenAll(some.Select(name => grains.GetGrain<IServiceGrain>(name.ToString()).Get())).ConfigureAwait(false);
            foreach ((NamespacedName name, ServiceView? view) in some.Zip(views))
            {
                if (view is { Phase: ServicePhase.Active })
                {
                    board.Put(WatchedObject.Of(name, view.Uid, view.Admitted.Labels, Message(Newest(view, published.GetValueOrDefault(name)))));
                }
                else
                {
                    board.Remove(name);
                }
            }
        }
    }

    // A Service that is asked while its shard's answer is under way to it, or that has just started, does not know yet what the shard has of it; nothing would
    // tell of that a second time.
    private static ServiceView Newest(ServiceView view, ServiceEntry? published) => published is not null && published.Uid == view.Uid && published.Generation > view.Generation
        ? view with { Generation = published.Generation, Endpoints = published.Endpoints }
        : view;

    // An age would make a new version of it each second: watchers know the time of creation.
    private static Protocol.V1.Service Message(ServiceView view)
    {
        Protocol.V1.Service service = ServiceMapping.ToProto(view, view.CreatedAt);
        foreach (Protocol.V1.FloatingIp fip in service.Status.FloatingIps)
        {
            fip.AgeSeconds = 0;
        }

        return service;
    }
}
