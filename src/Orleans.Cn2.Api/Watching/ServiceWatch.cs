using Grpc.Core;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Watching;

/// <summary>
/// One watch of Services: reads the log of every shard and sends, for each Service that changed, how it stands now. What is sent is compared with
/// what was sent last, so that a change is told once and a repeated log entry not at all.
/// </summary>
internal sealed class ServiceWatch(IGrainFactory grains, TimeProvider time, ListPage page, IServerStreamWriter<Proto.ServiceEvent> stream)
    : IDisposable
{
    private const int EntriesPerRead = 256;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private readonly Dictionary<NamespacedName, Proto.Service> _sent = [];
    private readonly SemaphoreSlim _sending = new(1, 1);

    /// <summary>Runs until the watcher leaves.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ShardVersion[] versions = new ShardVersion[ShardMap.Shards];
        await Task.WhenAll(versions.Select(async (_, shard) =>
            versions[shard] = await ReadAsync(shard, ShardVersion.None, TimeSpan.Zero, ended.Token).ConfigureAwait(false))).ConfigureAwait(false);
        await SendAsync(Proto.EventType.Bookmark, null, ended.Token).ConfigureAwait(false);
        Task[] followers = [.. versions.Select((version, shard) => FollowAsync(shard, version, ended.Token))];
        Task first = await Task.WhenAny(followers).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await first.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _sending.Dispose();

    private async Task FollowAsync(int shard, ShardVersion version, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            version = await ReadAsync(shard, version, Wait, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<ShardVersion> ReadAsync(int shard, ShardVersion have, TimeSpan wait, CancellationToken cancellation)
    {
        ShardChanges changes;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            changes = await grains.GetGrain<ICatalogGrain>(shard).Read(have, EntriesPerRead, AtLeastAMoment(wait)).ConfigureAwait(false);
        }
        while (!changes.Ready);

        HashSet<NamespacedName> concerned = [.. changes.Upserts.Select(entry => entry.Entry.Name), .. changes.Deletes.Select(entry => entry.Name)];
        if (changes.Complete)
        {
            concerned.UnionWith(_sent.Keys.Where(name => ShardMap.ShardOf(name) == shard));
        }

        foreach (NamespacedName name in concerned)
        {
            ServiceView? view = await grains.GetGrain<IServiceGrain>(name.ToString()).Get().ConfigureAwait(false);
            await TellAsync(name, view, cancellation).ConfigureAwait(false);
        }

        return changes.To;

        // A shard that is being rebuilt answers at once: waiting even on the first read keeps this from spinning.
        static TimeSpan AtLeastAMoment(TimeSpan asked) => asked == TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : asked;
    }

    private async Task TellAsync(NamespacedName name, ServiceView? view, CancellationToken cancellation)
    {
        bool included = view is not null && view.Phase == ServicePhase.Active && page.Includes(name) && page.Matches(view.Admitted.Labels);
        await _sending.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            _sent.TryGetValue(name, out Proto.Service? former);
            if (!included)
            {
                if (_sent.Remove(name))
                {
                    await WriteAsync(Proto.EventType.Deleted, former, cancellation).ConfigureAwait(false);
                }

                return;
            }

            Proto.Service service = ServiceMapping.ToProto(view!, time.GetUtcNow());
            if (former is null || former.Metadata.ResourceVersion != service.Metadata.ResourceVersion || former.Status.Generation != service.Status.Generation)
            {
                _sent[name] = service;
                await WriteAsync(former is null ? Proto.EventType.Added : Proto.EventType.Modified, service, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task SendAsync(Proto.EventType type, Proto.Service? service, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await WriteAsync(type, service, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    private Task WriteAsync(Proto.EventType type, Proto.Service? service, CancellationToken cancellation) => stream.WriteAsync(
        new Proto.ServiceEvent { Type = type, Service = service, ResourceVersion = service?.Metadata.ResourceVersion ?? "" }, cancellation);
}
