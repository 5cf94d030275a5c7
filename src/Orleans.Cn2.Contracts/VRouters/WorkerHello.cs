using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Contracts.VRouters;

/// <summary>What a data plane holds of one shard.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Version">Version of the shard.</param>
/// <param name="View">Version of the node's own view that it was compiled with.</param>
/// <param name="Digest">Of the rows really held.</param>
[GenerateSerializer, Immutable]
public readonly record struct ShardHolding(
    [property: Id(0)] int Shard,
    [property: Id(1)] ShardVersion Version,
    [property: Id(2)] ulong View,
    [property: Id(3)] TableDigest Digest);

/// <summary>How a worker introduces itself.</summary>
/// <param name="Boot">Grows with every start of the node's worker; the highest wins.</param>
/// <param name="ProtocolMin">Oldest protocol version it speaks.</param>
/// <param name="ProtocolMax">Newest protocol version it speaks.</param>
/// <param name="Features">Names of optional features.</param>
/// <param name="WorkerVersion">Product version.</param>
/// <param name="Engine">ebpf or managed.</param>
/// <param name="Mode">fast, stack or routed.</param>
/// <param name="ModeReasons">Why this mode.</param>
/// <param name="Shards">What its data plane holds.</param>
[GenerateSerializer, Immutable]
public sealed record WorkerHello(
    [property: Id(0)] ulong Boot,
    [property: Id(1)] uint ProtocolMin,
    [property: Id(2)] uint ProtocolMax,
    [property: Id(3)] ImmutableArray<string> Features,
    [property: Id(4)] string WorkerVersion,
    [property: Id(5)] string Engine,
    [property: Id(6)] string Mode,
    [property: Id(7)] ImmutableArray<string> ModeReasons,
    [property: Id(8)] ImmutableArray<ShardHolding> Shards);
