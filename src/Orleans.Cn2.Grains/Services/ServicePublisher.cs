using System.Diagnostics;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.Services;

/// <summary>Compiles a Service with its members and publishes the entry in its shard. Keeps what was published last.</summary>
internal sealed class ServicePublisher(IGrainFactory grains, NamespacedName name, ServiceStore store, TimeProvider time)
{
    private ulong _generation;
    private StoredService? _published;
    private DateTimeOffset? _behindSince;

    /// <summary>The entry published last; null before the first.</summary>
    public ServiceEntry? Entry { get; private set; }

    /// <summary>The shard's version that has it.</summary>
    public ShardVersion Version { get; private set; }

    /// <summary>The namespace's version that it was compiled from.</summary>
    public ulong Members { get; private set; }

    /// <summary>True when the Service as stored, or members that were asked for, did not reach the shard yet.</summary>
    public bool IsBehind => store.Current.Stored is { } stored && (_behindSince is not null || !ReferenceEquals(stored, _published));

    /// <summary>The entry published last if it has members of at least this version; null when they were not published yet.</summary>
    public ServiceEntry? Reached(ulong members) => Members >= members || (Selection() is null && !IsBehind) ? Entry : null;

    /// <summary>The shard's grain.</summary>
    public ICatalogGrain Catalog => grains.GetGrain<ICatalogGrain>(ShardMap.ShardOf(name));

    private INamespaceGrain Namespace => grains.GetGrain<INamespaceGrain>(name.Namespace);

    /// <summary>What the Service selects now, and which VMIs drain from it; null when it needs to know of no VMI.</summary>
    public SelectRequest? Selection() =>
        store.Current is { Stored.Admitted: { } admitted, Deleting: false } current && EntryBuilder.IsForwarded(admitted)
            && (admitted.Spec.Selector is { Count: > 0 } || current.Members.Count > 0)
            ? new SelectRequest(name, admitted.Spec.Selector ?? LabelSet.Empty, current.Members.ToImmutableArray())
            : null;

    /// <summary>
    /// Publishes the Service as it is stored; nothing new is published where it was published and the tables would be the same. A change of metadata alone
    /// is published too: watchers follow the shards' logs.
    /// </summary>
    /// <param name="always">Publish even what was published before, for a shard that forgot it.</param>
    public async Task<ShardVersion> PublishAsync(bool always)
    {
        using Activity? activity = ServiceTracing.Start("service.publish", name);
        StoredService stored = store.Current.Stored ?? throw new InvalidOperationException($"{name} is not there");
        _behindSince ??= time.GetUtcNow();
        SelectRequest? request = Selection();
        Selection selection = request is null ? new Selection(Members, []) : await Namespace.Select(request);
        ServiceEntry entry = EntryBuilder.BuildAfter(stored.Admitted, stored.Uid, 0, selection.Vmis, store.Current.Members.ToHashSet());
        bool same = Entry is { } former && former.Uid == entry.Uid && entry.HasContentOf(former);
        bool known = same && ReferenceEquals(stored, _published);
        if (!known || always)
        {
            entry = known ? Entry! : entry with { Generation = NextGeneration() };
            ValueList<ulong> members = entry.Endpoints.Select(endpoint => endpoint.VmiId).ToValueList();
            if (!members.Equals(store.Current.Members))
            {
                await store.WriteAsync(store.Current with { Members = members });
            }

            PublishedEntry published = new(entry, Activity.Current?.Id, _behindSince.Value);
            Version = await ListedAsync(token => Catalog.Publish(token, published));
            Entry = entry;
        }

        Members = selection.Version;
        (_published, _behindSince) = (stored, null);
        return Version;
    }

    /// <summary>Takes the Service out of the tables.</summary>
    public async Task<ShardVersion> RemoveAsync()
    {
        using Activity? activity = ServiceTracing.Start("service.remove", name);
        RemovedEntry removal = new(store.Current.Stored!.Uid, name, Activity.Current?.Id, time.GetUtcNow());
        await Namespace.Unsubscribe(name);
        return await ListedAsync(token => Catalog.Remove(token, removal));
    }

    /// <summary>Ends the subscription of a Service that needs to know of no VMI.</summary>
    public Task UnsubscribeAsync() => Namespace.Unsubscribe(name);

    /// <summary>Forgets what was published: the Service is gone.</summary>
    public void Forget() => (Entry, Version, _published, _behindSince) = (null, ShardVersion.None, null, null);

    /// <summary>
    /// Calls the shard under the name's token. A refusal means that this activation was replaced, or that the list has another token than the one stored (an
    /// enlisting took effect after its caller had given up on it); the newest activation enlists the name anew.
    /// </summary>
    private async Task<ShardVersion> ListedAsync(Func<ulong, Task<ShardVersion>> call)
    {
        try
        {
            return await call(store.Current.ListToken);
        }
        catch (ConflictException)
        {
            if (!await store.IsNewestAsync())
            {
                throw;
            }
        }

        ulong token = await Catalog.Enlist(name);
        await store.WriteAsync(store.Current with { ListToken = token });
        return await call(token);
    }

    private ulong NextGeneration() => ServiceRules.Generation(store.Current.GenerationEpoch, ++_generation);
}
