using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;
using Orleans.Concurrency;

namespace Orleans.Cn2.Contracts.Catalog;

/// <summary>
/// One shard of the catalog, key 0..63 (<see cref="ShardMap"/>). It persists its epoch and the list of its Services
/// (name, token, removed or not); the log of entries is rebuilt.
/// <para>
/// The list is how a Service is found again after every process died: a Service is on it before its first address is claimed and
/// until its last one is released. On activation the grain raises its epoch, sends every name
/// <see cref="IServiceGrain.Activate"/> (again until answered by <see cref="Publish"/>, <see cref="Remove"/> or <see cref="Delist"/>)
/// and is ready once all did. It sends the hint again to all, a slice at a time, when the cluster's membership changed and
/// periodically: so a Service whose silo died finishes what it had begun, and a publication that went to a stale activation is
/// repeated. Methods interleave: while it awaits a write others are served.
/// </para>
/// </summary>
[Alias("cn2.ICatalogGrain")]
public interface ICatalogGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Puts a name on the list for a creation and answers its new token, durably. Every call makes a new, greater token, so that a
    /// <see cref="Delist"/> that is under way under the old one fails. Only a Service that has just written its own state durably may call it:
    /// a stale activation of it would take the name from the newer one.
    /// </summary>
    [Alias("Enlist")]
    Task<ulong> Enlist(NamespacedName name);

    /// <summary>Takes a name off the list if it still has this token; else nothing happens. Also removes an entry it may have left.</summary>
    [Alias("Delist")]
    Task Delist(NamespacedName name, ulong listToken);

    /// <summary>
    /// Publishes an entry and answers the version that has it. A generation not above the held one is not published again and
    /// answers the version of the held one.
    /// </summary>
    /// <exception cref="ConflictException">The name is not on the list under this token, or is being removed: the publisher is stale.</exception>
    /// <exception cref="FailedPreconditionException">Another name's entry has this uid; readers keep entries by uid.</exception>
    [AlwaysInterleave, Alias("Publish")]
    Task<ShardVersion> Publish(ulong listToken, PublishedEntry entry);

    /// <summary>
    /// Removes a Service from the tables: marks the name durably as being removed, so that nothing is published under this token any more
    /// even after a restart, and appends a tombstone. Answers a version that no longer has it. Idempotent.
    /// </summary>
    /// <exception cref="ConflictException">The name is on the list under another token.</exception>
    [Alias("Remove")]
    Task<ShardVersion> Remove(ulong listToken, RemovedEntry entry);

    /// <summary>What changed after <paramref name="have"/>; waits up to <paramref name="wait"/> (at most 1 s) when nothing did.</summary>
    [AlwaysInterleave, Alias("Read")]
    Task<ShardChanges> Read(ShardVersion have, int maxEntries, TimeSpan wait);

    /// <summary>Names on the list, in ordinal order, with and without an entry.</summary>
    [AlwaysInterleave, Alias("List")]
    Task<ImmutableArray<NamespacedName>> List();

    /// <summary>Names of a namespace on the list that are not being removed, in no order; served while the shard is not ready, too.</summary>
    [AlwaysInterleave, Alias("ListOf")]
    Task<ImmutableArray<NamespacedName>> ListOf(string ns);

    /// <summary>The version reached and whether the shard is ready; activates the grain.</summary>
    [AlwaysInterleave, Alias("GetStatus")]
    Task<ShardStatus> GetStatus();
}

/// <summary>State of a shard.</summary>
/// <param name="Ready">True when every Service of the list reported since activation.</param>
/// <param name="Version">The version reached.</param>
/// <param name="Listed">Names on the list.</param>
/// <param name="Reported">How many of them reported.</param>
[GenerateSerializer, Immutable]
public readonly record struct ShardStatus(
    [property: Id(0)] bool Ready,
    [property: Id(1)] ShardVersion Version,
    [property: Id(2)] int Listed,
    [property: Id(3)] int Reported);
