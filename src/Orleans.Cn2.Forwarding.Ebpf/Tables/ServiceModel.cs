using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>What a packet's destination is looked up by.</summary>
internal readonly record struct FrontendKey(IpAddress Address, TransportProtocol Protocol, ushort Port)
{
    internal static FrontendKey Of(Frontend frontend) => new(frontend.Address, frontend.Protocol, frontend.Port);

    internal ServiceKeyRow ToRow() => ServiceKeyRow.Of(Address, Protocol, Port);

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol}/{Address}:{Port}";
}

/// <summary>A Service as the maps hold it.</summary>
internal sealed class ServiceModel(Guid uid, NamespacedName name, int shard)
{
    internal Guid Uid { get; } = uid;

    internal NamespacedName Name { get; } = name;

    internal int Shard { get; } = shard;

    internal ulong Generation { get; set; }

    internal Dictionary<FrontendKey, FrontendModel> Frontends { get; } = [];
}

/// <summary>A frontend as the maps hold it.</summary>
/// <param name="index">Its service index.</param>
/// <param name="table">What it was compiled as.</param>
internal sealed class FrontendModel(uint index, Frontend table)
{
    internal uint Index { get; } = index;

    internal Frontend Table { get; set; } = table;

    /// <summary>Its slots; of length 0 without a selectable path.</summary>
    internal SlotRange Block { get; set; }

    internal Dictionary<PathKey, uint> Paths { get; } = [];

    /// <summary>True when the block holds what the paths make of it, as far as is known: this process wrote it, or looked.</summary>
    internal bool IsTrusted { get; set; } = true;
}
