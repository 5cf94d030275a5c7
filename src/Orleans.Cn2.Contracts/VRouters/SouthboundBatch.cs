using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Contracts.VRouters;

/// <summary>What a stream has sent to its worker: the base of the next batch.</summary>
/// <param name="ConfigRevision">Revision of the settings sent.</param>
/// <param name="Shards">What the worker holds once it applied what was sent.</param>
[GenerateSerializer, Immutable]
public sealed record SentState([property: Id(0)] ulong ConfigRevision, [property: Id(1)] ImmutableArray<ShardHolding> Shards);

/// <summary>What a worker must be told next, computed from what was sent: changes meanwhile are coalesced.</summary>
/// <param name="Config">New settings; null when they stand.</param>
/// <param name="Updates">At most one a shard.</param>
/// <param name="Queries">Questions to ask.</param>
/// <param name="Goodbye">Set when the session ends; the stream is closed then.</param>
[GenerateSerializer, Immutable]
public sealed record SouthboundBatch(
    [property: Id(0)] NodeConfig? Config,
    [property: Id(1)] ImmutableArray<ShardUpdate> Updates,
    [property: Id(2)] ImmutableArray<WorkerQuery> Queries,
    [property: Id(3)] Goodbye? Goodbye);

/// <summary>The end of a session.</summary>
/// <param name="Reason">In words.</param>
/// <param name="Superseded">True: another worker of the node took over; do not come back.</param>
[GenerateSerializer, Immutable]
public sealed record Goodbye([property: Id(0)] string Reason, [property: Id(1)] bool Superseded);

/// <summary>A change of one shard as one node needs it.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="From">The version it continues; null for a snapshot.</param>
/// <param name="To">The version reached.</param>
/// <param name="View">Version of the node's own view it was compiled with.</param>
/// <param name="Upserts">Services to add or replace.</param>
/// <param name="Deletes">Services to remove.</param>
/// <param name="Digest">Of the whole shard afterwards.</param>
/// <param name="Traceparent">W3C trace context of the newest change; null without one.</param>
/// <param name="CommittedAt">When the oldest change in here was persisted.</param>
[GenerateSerializer, Immutable]
public sealed record ShardUpdate(
    [property: Id(0)] int Shard,
    [property: Id(1)] ShardVersion? From,
    [property: Id(2)] ShardVersion To,
    [property: Id(3)] ulong View,
    [property: Id(4)] ImmutableArray<ServiceTable> Upserts,
    [property: Id(5)] ImmutableArray<Guid> Deletes,
    [property: Id(6)] TableDigest Digest,
    [property: Id(7)] string? Traceparent,
    [property: Id(8)] DateTimeOffset CommittedAt)
{
    /// <summary>True when what is not in <see cref="Upserts"/> is gone.</summary>
    public bool Snapshot => From is null;
}
