using System.Diagnostics;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.Services;

/// <summary>Compiles a Service with its members and publishes the entry in its shard. Keeps what was published last.</summary>
internal sealed class ServicePublisher(IGrainFactory grains, NamespacedName name, uint generationEpoch, TimeProvider time)
{
    private static readonly ActivitySource Source = new("Orleans.Cn2.Services");
    private uint _generation;

    /// <summary>The entry published last; null before the first.</summary>
    public ServiceEntry? Entry { get; private set; }

    /// <summary>The shard's version that has it.</summary>
    public ShardVersion Version { get; private set; }

    /// <summary>The namespace's version that it was compiled from.</summary>
    public ulong Members { get; private set; }

    /// <summary>Name of the shard's grain.</summary>
    public ICatalogGrain Catalog => grains.GetGrain<ICatalogGrain>(ShardMap.ShardOf(name));

    /// <summary>What the Service selects now.</summary>
    public SelectRequest? Selection(StoredService stored) =>
        stored.Admitted.Spec.Selector is { Count: > 0 } selector && stored.Admitted.Spec.ClusterIPs.Count > 0 ? Request(selector) : null;

    /// <summary>Publishes the Service as it stands; nothing new is published where the tables would be the same.</summary>
    /// <param name="stored">The Service.</param>
    /// <param name="listToken">Token of its name on the shard's list.</param>
    /// <param name="committedAt">When the change was persisted.</param>
    /// <param name="always">Publish even what was published before, for a shard that forgot it.</param>
    public async Task<ShardVersion> PublishAsync(StoredService stored, ulong listToken, DateTimeOffset committedAt, bool always)
    {
        using Activity? activity = Source.StartActivity("service.publish")?.SetTag("cn2.service", name.ToString());
        Selection selection = Selection(stored) is { } request
            ? await grains.GetGrain<INamespaceGrain>(name.Namespace).Select(request)
            : new Selection(Members, []);
        ServiceEntry entry = EntryBuilder.Build(stored.Admitted, stored.Uid, NextGeneration(), selection.Vmis, Entry);
        bool same = Entry is { } former && former.Uid == entry.Uid && entry.HasContentOf(former);
        if (same && !always)
        {
            Members = selection.Version;
            return Version;
        }

        if (same)
        {
            entry = Entry!;
        }

        PublishedEntry published = new(entry, Activity.Current?.Id, committedAt);
        Version = await Catalog.Publish(listToken, published);
        (Entry, Members) = (entry, selection.Version);
        _generation = (uint)entry.Generation;
        return Version;
    }

    /// <summary>Takes the Service out of the tables.</summary>
    public async Task<ShardVersion> RemoveAsync(Guid uid, ulong listToken)
    {
        using Activity? activity = Source.StartActivity("service.remove")?.SetTag("cn2.service", name.ToString());
        await grains.GetGrain<INamespaceGrain>(name.Namespace).Unsubscribe(name);
        return await Catalog.Remove(listToken, new RemovedEntry(uid, name, Activity.Current?.Id, time.GetUtcNow()));
    }

    /// <summary>A new publication time for a change of members.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    private SelectRequest Request(LabelSet selector) =>
        new(name, selector, [.. Entry?.Endpoints.Select(endpoint => endpoint.VmiId) ?? []]);

    private ulong NextGeneration() => ((ulong)generationEpoch << 32) | (_generation + 1);
}
