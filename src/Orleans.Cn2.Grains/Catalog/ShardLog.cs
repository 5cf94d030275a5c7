using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>Entries of a shard and the log of their changes in one epoch. The log is bounded: who is behind it gets a snapshot.</summary>
internal sealed class ShardLog(ulong epoch)
{
    private const int Length = 4096;
    private readonly Dictionary<NamespacedName, (PublishedEntry Entry, ulong Seq)> _entries = [];
    private readonly Dictionary<Guid, NamespacedName> _names = [];

    // The change of a number lies at that number modulo the length.
    private readonly (PublishedEntry? Upsert, RemovedEntry? Removal)[] _log = new (PublishedEntry?, RemovedEntry?)[Length];

    /// <summary>The version reached.</summary>
    public ShardVersion Version { get; private set; } = new(epoch, 0);

    /// <summary>The entry of a name with the version that has it.</summary>
    public (PublishedEntry Entry, ShardVersion Version)? Find(NamespacedName name) =>
        _entries.TryGetValue(name, out (PublishedEntry Entry, ulong Seq) found) ? (found.Entry, new ShardVersion(epoch, found.Seq)) : null;

    /// <summary>The name whose entry has a uid.</summary>
    public NamespacedName? NameOf(Guid uid) => _names.TryGetValue(uid, out NamespacedName name) ? name : null;

    /// <summary>Appends an entry, whose uid no other name has.</summary>
    public ShardVersion Put(PublishedEntry entry)
    {
        ulong seq = Append(entry, null);
        _entries[entry.Entry.Name] = (entry, seq);
        _names[entry.Entry.Uid] = entry.Entry.Name;
        return Version;
    }

    /// <summary>Appends a removal.</summary>
    public ShardVersion Remove(RemovedEntry removal)
    {
        _entries.Remove(removal.Name);
        _names.Remove(removal.Uid);
        Append(null, removal);
        return Version;
    }

    /// <summary>What changed after a version, the last change of each Service; a snapshot where the log does not reach back.</summary>
    public ShardChanges Read(ShardVersion have, int maxEntries)
    {
        if (have.Epoch != epoch || have.Seq + Length < Version.Seq || have.Seq > Version.Seq)
        {
            return new ShardChanges(true, ShardVersion.None, Version, true, false, [.. _entries.Values.Select(entry => entry.Entry)], []);
        }

        int count = (int)Math.Min(Version.Seq - have.Seq, (ulong)maxEntries);
        if (count == 0)
        {
            return new ShardChanges(true, have, have, false, false, [], []);
        }

        var last = Enumerable.Range(1, count)
            .Select(step => _log[(have.Seq + (ulong)step) % Length])
            .GroupBy(change => change.Upsert?.Entry.Uid ?? change.Removal!.Uid)
            .Select(changes => changes.Last())
            .ToArray();
        ShardVersion to = new(epoch, have.Seq + (ulong)count);
        return new ShardChanges(
            true,
            have,
            to,
            false,
            to != Version,
            [.. last.Where(change => change.Upsert is not null).Select(change => change.Upsert!)],
            [.. last.Where(change => change.Removal is not null).Select(change => change.Removal!)]);
    }

    private ulong Append(PublishedEntry? upsert, RemovedEntry? removal)
    {
        Version = new ShardVersion(epoch, Version.Seq + 1);
        _log[Version.Seq % Length] = (upsert, removal);
        return Version.Seq;
    }
}
