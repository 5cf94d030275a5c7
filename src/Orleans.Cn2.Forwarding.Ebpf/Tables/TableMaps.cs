using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>The maps of the tables as memory: what the writer stores is what the next packet reads.</summary>
internal sealed class TableMaps(DataPath path) : IDisposable
{
    internal BpfMap Services { get; } = path["services"];

    internal BpfMap Owners { get; } = path["owners"];

    internal MappedArray<ulong> Control { get; } = new(path["control"]);

    internal MappedArray<ulong> SlotPairs { get; } = new(path["slots"]);

    internal MappedArray<PathRow> Paths { get; } = new(path["paths"]);

    internal MappedArray<HopRow> Hops { get; } = new(path["hops"]);

    internal MappedArray<FrontendRow> Frontends { get; } = new(path["frontends"]);

    internal BpfMap ServiceCounts { get; } = path["service_counts"];

    /// <summary>Number of slots.</summary>
    internal uint Slots => (uint)SlotPairs.Length * 2;

    internal ControlWord ReadControl(uint index) => new(Volatile.Read(ref Control[index]));

    internal void WriteControl(uint index, ControlWord word) => Volatile.Write(ref Control[index], word.Bits);

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
        Control.Dispose();
        SlotPairs.Dispose();
        Paths.Dispose();
        Hops.Dispose();
        Frontends.Dispose();
    }
}
