using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Contracts.Services;

/// <summary>How a Service uses a VMI.</summary>
/// <param name="Version">The shard's version that has it so.</param>
/// <param name="Use">The use; that of no endpoint where there is no Service.</param>
[GenerateSerializer, Immutable]
public sealed record MemberUse([property: Id(0)] ShardVersion Version, [property: Id(1)] EndpointUse Use);
