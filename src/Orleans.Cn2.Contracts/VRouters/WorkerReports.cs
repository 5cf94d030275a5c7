using System.Collections.Immutable;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Contracts.VRouters;

/// <summary>The worker programmed shards.</summary>
/// <param name="Shards">What the data plane holds now, of the shards concerned.</param>
/// <param name="ApplyTime">From receipt to programmed.</param>
/// <param name="ProgrammedAt">When it was done, by the worker's clock.</param>
[GenerateSerializer, Immutable]
public sealed record WorkerAck(
    [property: Id(0)] ImmutableArray<ShardHolding> Shards,
    [property: Id(1)] TimeSpan ApplyTime,
    [property: Id(2)] DateTimeOffset ProgrammedAt);

/// <summary>A Service that could not be programmed; its previous state serves on.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerNack(
    [property: Id(0)] Guid ServiceUid,
    [property: Id(1)] NamespacedName Service,
    [property: Id(2)] int Shard,
    [property: Id(3)] Versions.ShardVersion Version,
    [property: Id(4)] string Reason);

/// <summary>Packets and bytes dropped or rejected for a reason of the data path's list.</summary>
/// <param name="Reason">Number of the reason.</param>
/// <param name="Reject">True where the sender was answered.</param>
/// <param name="Packets">Packets since the worker's maps were made.</param>
/// <param name="Bytes">Their bytes, L3.</param>
/// <param name="Name">Name of the reason, <c>path_gone</c>; its number where a newer worker knows a reason that this silo does not.</param>
[GenerateSerializer, Immutable]
public readonly record struct ReasonCount(
    [property: Id(0)] ushort Reason,
    [property: Id(1)] bool Reject,
    [property: Id(2)] ulong Packets,
    [property: Id(3)] ulong Bytes,
    [property: Id(4)] string Name);

/// <summary>Forward traffic of one frontend since the worker's start.</summary>
[GenerateSerializer, Immutable]
public readonly record struct FrontendCount(
    [property: Id(0)] ulong FrontendId,
    [property: Id(1)] ulong Packets,
    [property: Id(2)] ulong Bytes,
    [property: Id(3)] ulong NewFlows);

/// <summary>A part of a worker that failed, or put something right, since the worker's start.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerPart(
    [property: Id(0)] string Part,
    [property: Id(1)] bool IsFaulty,
    [property: Id(2)] string Cause,
    [property: Id(3)] ulong Faults,
    [property: Id(4)] ulong Repairs,
    [property: Id(5)] DateTimeOffset At);

/// <summary>A worker's counters, load, delivery mode and health.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerStats(
    [property: Id(0)] ImmutableArray<ReasonCount> Reasons,
    [property: Id(1)] ImmutableArray<FrontendCount> Frontends,
    [property: Id(2)] int Services,
    [property: Id(3)] int Paths,
    [property: Id(4)] long Flows,
    [property: Id(5)] long FlowsCapacity,
    [property: Id(6)] long EmbryonicFlows,
    [property: Id(7)] long SlotsUsed,
    [property: Id(8)] long SlotsCapacity,
    [property: Id(9)] ImmutableArray<string> Interfaces,
    [property: Id(10)] string Mode,
    [property: Id(11)] ImmutableArray<string> ModeReasons,
    [property: Id(12)] ImmutableArray<WorkerPart> Health);
