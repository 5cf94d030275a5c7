using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>The maps of the tables as memory: what the writer stores is what the next packet reads.</summary>
internal sealed class TableMaps : IDisposable
{
    private readonly MappedArray<ulong> _bloom;

    internal TableMaps(DataPath path)
    {
        _bloom = new MappedArray<ulong>(path["bloom"]);
        Bloom = new BloomFilter(_bloom);
        Services = path["services"];
        Owners = path["owners"];
        Control = new MappedArray<ulong>(path["control"]);
        SlotPairs = new MappedArray<ulong>(path["slots"]);
        Paths = new MappedArray<PathRow>(path["paths"]);
        Hops = new MappedArray<HopRow>(path["hops"]);
        Frontends = new MappedArray<FrontendRow>(path["frontends"]);
        ServiceCounts = path["service_counts"];
    }

    internal BloomFilter Bloom { get; }

    internal BpfMap Services { get; }

    internal BpfMap Owners { get; }

    internal MappedArray<ulong> Control { get; }

    internal MappedArray<ulong> SlotPairs { get; }

    internal MappedArray<PathRow> Paths { get; }

    internal MappedArray<HopRow> Hops { get; }

    internal MappedArray<FrontendRow> Frontends { get; }

    internal BpfMap ServiceCounts { get; }

    /// <summary>Number of slots.</summary>
    internal uint Slots => (uint)SlotPairs.Length * 2;

    internal ControlWord ReadControl(uint index) => new(Volatile.Read(ref Control[index]));

    internal void WriteControl(uint index, ControlWord word) => Volatile.Write(ref Control[index], word.Bits);

    /// <summary>A frontend as its row says, without paths.</summary>
    internal Frontend ReadFrontend(FrontendKey key, uint index)
    {
        ref FrontendRow row = ref Frontends[index];
        return new Frontend(key.Address, key.Protocol, key.Port, row.Id, ReadControl(index).Flags, row.AffinitySeconds, []);
    }

    /// <summary>True when the key of a frontend leads where it should. An entry that is right is not set again: packets read it meanwhile.</summary>
    internal bool IsEntry(FrontendKey key, ServiceRow row) =>
        Services.TryGet(key.ToRow(), out ServiceRow found) && found.Index == row.Index && found.Tag == row.Tag;

    internal PathWord ReadPath(uint id) => new(Volatile.Read(ref Paths[id].Word));

    internal void WritePath(uint id, PathWord word) => Volatile.Write(ref Paths[id].Word, word.Bits);

    /// <summary>The path id in a slot: two of them share a 64-bit element, the even one in its low half.</summary>
    internal ref uint Slot(uint slot)
    {
        ref ulong pair = ref SlotPairs[slot / 2];
        return ref System.Runtime.CompilerServices.Unsafe.Add(
            ref System.Runtime.CompilerServices.Unsafe.As<ulong, uint>(ref pair), (int)(slot % 2));
    }

    public void Dispose()
    {
        _bloom.Dispose();
        Control.Dispose();
        SlotPairs.Dispose();
        Paths.Dispose();
        Hops.Dispose();
        Frontends.Dispose();
    }
}
