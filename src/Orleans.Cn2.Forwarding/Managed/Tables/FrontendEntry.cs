using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>A frontend as packets meet it.</summary>
/// <param name="Key">Where it is found.</param>
/// <param name="Service">Its Service, for people.</param>
/// <param name="Frontend">As compiled; the states of its paths live in the <see cref="PathRegistry"/>.</param>
/// <param name="Index">Its counters.</param>
/// <param name="PathIds">Ids of all paths, in the order of the frontend's.</param>
/// <param name="Selectable">Ids of the active paths, in the order that the slots count them.</param>
/// <param name="Block">The slots; null without a selectable path.</param>
/// <param name="AffinityGeneration">Another number each time session affinity is turned on, no other frontend's; 0 without affinity.</param>
internal sealed record FrontendEntry(
    FrontendKey Key,
    NamespacedName Service,
    Frontend Frontend,
    int Index,
    ImmutableArray<int> PathIds,
    ImmutableArray<int> Selectable,
    SlotBlock? Block,
    ulong AffinityGeneration);

/// <summary>A block of slots, shared by all frontends with the same ECMP group.</summary>
/// <param name="Content">Hash of the group.</param>
/// <param name="Slots">Indexes into the group's active paths.</param>
internal sealed record SlotBlock(UInt128 Content, int[] Slots);

/// <summary>A Service as held.</summary>
internal sealed record HeldService(int Shard, ServiceTable Table, ImmutableArray<FrontendEntry> Frontends);
