namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>A frontend as the maps hold it: where it lies, and which path ids it has. What its paths are is in the maps alone.</summary>
/// <param name="owner">The service it is of.</param>
/// <param name="key">What it is looked up by.</param>
/// <param name="index">Its service index.</param>
internal sealed class FrontendModel(ServiceModel owner, FrontendKey key, uint index)
{
    internal ServiceModel Owner { get; } = owner;

    internal FrontendKey Key { get; } = key;

    internal uint Index { get; } = index;

    /// <summary>Its slots; of length 0 without a selectable path.</summary>
    internal SlotRange Block { get; set; }

    /// <summary>Content of the group that the block was written for (<see cref="Core.Ecmp.EcmpGroup.ContentHash"/>); meant only while <see cref="IsTrusted"/>.</summary>
    internal UInt128 Group { get; set; }

    /// <summary>Hash of what was written into the block; meant only while <see cref="IsTrusted"/>.</summary>
    internal ulong SlotsHash { get; set; }

    /// <summary>Ids of its paths, in the canonical order of these.</summary>
    internal uint[] Paths { get; set; } = [];

    /// <summary>True when the block holds what the paths make of it, as far as is known: this process wrote it, or looked.</summary>
    internal bool IsTrusted { get; set; }
}
