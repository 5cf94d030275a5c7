using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>One Service as the relay holds it. What all nodes share is compiled once.</summary>
/// <param name="Published">The entry as published.</param>
/// <param name="Shared">The table of all nodes; null for a node-dependent entry.</param>
/// <param name="Digest">Digest of <paramref name="Shared"/>; empty for a node-dependent entry.</param>
internal sealed record RelayedService(PublishedEntry Published, ServiceTable? Shared, TableDigest Digest)
{
    public static RelayedService Of(PublishedEntry published)
    {
        if (published.Entry.IsNodeDependent)
        {
            return new RelayedService(published, null, default);
        }

        ServiceTable table = TableCompiler.Compile(published.Entry, null);
        return new RelayedService(published, table, TableDigest.Of(table));
    }
}

/// <summary>A change of a shard as the relay read it.</summary>
/// <param name="Version">Version reached with it.</param>
/// <param name="Changed">Services added, changed or removed.</param>
/// <param name="Traceparent">Trace of the newest change.</param>
/// <param name="CommittedAt">When the oldest change was persisted.</param>
internal sealed record ShardStep(ShardVersion Version, ImmutableArray<Guid> Changed, string? Traceparent, DateTimeOffset CommittedAt);

/// <summary>
/// A shard as read from its catalog grain: immutable, replaced as a whole by <see cref="After"/>, so that any number of vRouter grains read it while the
/// relay makes the next one. It remembers the last steps for those who are a little behind.
/// </summary>
internal sealed record ShardTable(
    ShardVersion Version,
    ImmutableDictionary<Guid, RelayedService> Services,
    ImmutableHashSet<Guid> NodeDependent,
    TableDigest SharedDigest,
    ImmutableList<ShardStep> History)
{
    private const int Remembered = 256;

    /// <summary>Nothing read yet.</summary>
    public static ShardTable Empty { get; } = new(
        ShardVersion.None, ImmutableDictionary<Guid, RelayedService>.Empty, [], default, []);

    /// <summary>
    /// The shard after a page of changes. A page that is no successor is refused by answering this shard: one of a lower epoch comes from an activation
    /// that another one took over from, one that continues another version would lose what lies between.
    /// </summary>
    public ShardTable After(ShardChanges changes)
    {
        bool successor = changes.Ready && changes.To >= Version && (changes.Complete || (changes.From == Version && changes.To != Version));
        if (!successor)
        {
            return this;
        }

        ShardTable from = changes.Complete ? Empty : this;
        ImmutableDictionary<Guid, RelayedService>.Builder services = from.Services.ToBuilder();
        ImmutableHashSet<Guid>.Builder dependent = from.NodeDependent.ToBuilder();
        TableDigest digest = from.SharedDigest;
        foreach (Guid uid in changes.Deletes.Select(removal => removal.Uid).Concat(changes.Upserts.Select(entry => entry.Entry.Uid)))
        {
            if (services.Remove(uid, out RelayedService? former))
            {
                digest -= former.Digest;
                dependent.Remove(uid);
            }
        }

        foreach (PublishedEntry entry in changes.Upserts)
        {
            RelayedService service = RelayedService.Of(entry);
            services[entry.Entry.Uid] = service;
            digest += service.Digest;
            if (service.Shared is null)
            {
                dependent.Add(entry.Entry.Uid);
            }
        }

        return new ShardTable(changes.To, services.ToImmutable(), dependent.ToImmutable(), digest, changes.Complete ? [] : Remember(changes));
    }

    /// <summary>The steps after a version, none for the newest; null when they are not remembered, or the version is none of this epoch.</summary>
    public IReadOnlyList<ShardStep>? StepsAfter(ShardVersion have)
    {
        if (have == Version)
        {
            return [];
        }

        if (have.Epoch != Version.Epoch || have > Version || History.IsEmpty)
        {
            return null;
        }

        // A step continues the one before it, so the first one remembered starts where an unknown one ended.
        int next = History.FindIndex(step => step.Version > have);
        bool reaches = next > 0 || (next == 0 && History[0].Version.Seq == have.Seq + 1);
        return reaches ? [.. History.Skip(next)] : null;
    }

    private ImmutableList<ShardStep> Remember(ShardChanges changes)
    {
        ShardStep step = new(
            changes.To,
            [.. changes.Upserts.Select(entry => entry.Entry.Uid), .. changes.Deletes.Select(removal => removal.Uid)],
            changes.Upserts.Select(entry => entry.Traceparent).Concat(changes.Deletes.Select(removal => removal.Traceparent)).LastOrDefault(trace => trace is not null),
            changes.Upserts.Select(entry => entry.CommittedAt).Concat(changes.Deletes.Select(removal => removal.CommittedAt)).Min());
        return (History.Count >= Remembered ? History.RemoveAt(0) : History).Add(step);
    }
}
