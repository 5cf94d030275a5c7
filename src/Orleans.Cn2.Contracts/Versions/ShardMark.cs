using Orleans.Cn2.Core;

namespace Orleans.Cn2.Contracts.Versions;

/// <summary>A version that one shard reached.</summary>
[GenerateSerializer, Immutable]
public readonly record struct ShardMark([property: Id(0)] int Shard, [property: Id(1)] ShardVersion Version);

/// <summary>A version of its namespace's members that a Service has yet to publish.</summary>
[GenerateSerializer, Immutable]
public readonly record struct MembersMark([property: Id(0)] NamespacedName Service, [property: Id(1)] ulong MembersVersion);
