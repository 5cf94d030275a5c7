using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Contracts.Catalog;

/// <summary>A page of a shard's log, or of its snapshot.</summary>
/// <param name="Ready">False: the shard is still being rebuilt; nothing else is set. Ask again.</param>
/// <param name="From">The version this continues; <see cref="ShardVersion.None"/> for a snapshot.</param>
/// <param name="To">The version reached with this page.</param>
/// <param name="Complete">True for a snapshot: what is not in <paramref name="Upserts"/> is gone. A snapshot is never split.</param>
/// <param name="More">True when the log goes on beyond <paramref name="To"/>.</param>
/// <param name="Upserts">Entries, at most one a Service.</param>
/// <param name="Deletes">Services removed.</param>
[GenerateSerializer, Immutable]
public sealed record ShardChanges(
    [property: Id(0)] bool Ready,
    [property: Id(1)] ShardVersion From,
    [property: Id(2)] ShardVersion To,
    [property: Id(3)] bool Complete,
    [property: Id(4)] bool More,
    [property: Id(5)] ImmutableArray<PublishedEntry> Upserts,
    [property: Id(6)] ImmutableArray<RemovedEntry> Deletes);

/// <summary>An entry of the log.</summary>
/// <param name="Entry">The Service, compiled as far as it is the same on all nodes.</param>
/// <param name="Traceparent">W3C trace context of the change that led to it; null without one.</param>
/// <param name="CommittedAt">When the change was persisted.</param>
[GenerateSerializer, Immutable]
public sealed record PublishedEntry(
    [property: Id(0)] ServiceEntry Entry,
    [property: Id(1)] string? Traceparent,
    [property: Id(2)] DateTimeOffset CommittedAt);

/// <summary>A removal in the log.</summary>
/// <param name="Uid">Uid of the Service.</param>
/// <param name="Name">Its name.</param>
/// <param name="Traceparent">W3C trace context of the deletion; null without one.</param>
/// <param name="CommittedAt">When the deletion was persisted.</param>
[GenerateSerializer, Immutable]
public sealed record RemovedEntry(
    [property: Id(0)] Guid Uid,
    [property: Id(1)] NamespacedName Name,
    [property: Id(2)] string? Traceparent,
    [property: Id(3)] DateTimeOffset CommittedAt);
