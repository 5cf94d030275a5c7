using System.Collections.Immutable;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>A frontend found in the maps, and where it lies.</summary>
/// <param name="Owner">The service it is of.</param>
/// <param name="Key">What it is looked up by.</param>
/// <param name="Index">Its service index.</param>
/// <param name="Paths">Ids of its paths, in the canonical order of these.</param>
internal sealed record FrontendRead(Guid Owner, FrontendKey Key, uint Index, uint[] Paths);

/// <summary>A service found in the maps.</summary>
internal sealed record ServiceRead(Guid Uid, int Shard, ulong Generation, NamespacedName Name, ImmutableArray<FrontendRead> Frontends);
