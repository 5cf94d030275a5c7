using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>The maps of bpf/maps.h, and those that the worker alone reads, with the sizes and capacities they are created with.</summary>
internal static class MapSpecs
{
    /// <summary>Raised with every change of a structure or of a map's meaning: pins of another version are not adopted.</summary>
    internal const int LayoutVersion = 8;

    internal const int SizeClasses = 256;
    internal const int ReasonLimit = 64;
    internal const int Candidates = 32;

    internal static ImmutableArray<MapSpec> Of(EbpfCapacity capacity) =>
    [
        Of<uint, ulong>("bloom", BpfMapType.Array, BloomHash.Words, MapFlags.Mappable),
        Of<ServiceKeyRow, ServiceRow>("services", BpfMapType.Hash, capacity.Services * 2, MapFlags.NoPreallocation),
        Of<uint, ulong>("control", BpfMapType.Array, capacity.Services, MapFlags.Mappable),
        Of<uint, uint>("sizes", BpfMapType.Array, SizeClasses),
        Of<uint, ulong>("slots", BpfMapType.Array, capacity.Slots / 2, MapFlags.Mappable),
        Of<uint, PathRow>("paths", BpfMapType.Array, capacity.Paths, MapFlags.Mappable),
        Of<uint, HopRow>("hops", BpfMapType.Array, capacity.NextHops, MapFlags.Mappable),
        Of<uint, FrontendRow>("frontends", BpfMapType.Array, capacity.Services, MapFlags.Mappable),
        Of<Uid16, OwnerRow>("owners", BpfMapType.Hash, capacity.Services, MapFlags.NoPreallocation),
        Of<TupleRow, FlowEntryRow>("flows", BpfMapType.Hash, capacity.Flows * 2),
        Of<TupleRow, FlowEntryRow>("embryonic", BpfMapType.LruHash, capacity.EmbryonicFlows * 2),
        Of<AffinityKeyRow, BindingRow>("affinity", BpfMapType.LruHash, capacity.Affinities),
        Of<uint, InterfaceRow>("interfaces", BpfMapType.Hash, capacity.Interfaces, MapFlags.NoPreallocation),
        Of<SourceKeyRow, uint>("sources", BpfMapType.Hash, capacity.Sources, MapFlags.NoPreallocation),
        Of<uint, SettingsRow>("settings", BpfMapType.Array, 2),
        Of<uint, ulong>("switches", BpfMapType.Array, 8, MapFlags.Mappable),
        Of<Address16, ulong>("buckets", BpfMapType.LruHash, capacity.RejectSources),
        Of<TupleRow, DatagramRow>("datagrams", BpfMapType.LruHash, capacity.Datagrams),
        Of<Address16, FragmentSourceRow>("fragment_sources", BpfMapType.LruHash, capacity.FragmentSources),
        Of<uint, DatagramRow>("blank", BpfMapType.Array, 1),
        Of<uint, FlowPairRow>("scratch", BpfMapType.PerCpuArray, 1),
        Of<uint, ChoiceRow>("choices", BpfMapType.PerCpuArray, 1),
        Of<uint, ChunkRow>("chunks", BpfMapType.PerCpuArray, 1),
        Of<uint, ReasonCountRow>("reasons", BpfMapType.PerCpuArray, ReasonLimit * 2),
        Of<uint, ServiceCountRow>("service_counts", BpfMapType.PerCpuArray, capacity.Services),
        Of<uint, uint>("calls", BpfMapType.ProgramArray, 16),
        Of<uint, uint>("raw_calls", BpfMapType.ProgramArray, 16),
        Of<uint, ClockRow>("clocks", BpfMapType.PerCpuArray, 1),
        Of<uint, TupleRow>("candidates", BpfMapType.Array, Candidates, MapFlags.Mappable),
    ];

    private static MapSpec Of<TKey, TValue>(string name, BpfMapType type, uint capacity, MapFlags flags = MapFlags.None) =>
        new(name, type, Unsafe.SizeOf<TKey>(), Unsafe.SizeOf<TValue>(), capacity, flags);
}
