using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>What persists of a shard beside its list (<see cref="NamePartState"/>).</summary>
[GenerateSerializer]
internal sealed class CatalogState
{
    [Id(0)]
    public ulong Epoch { get; set; }

    /// <summary>Token that the next enlisting would get, of builds before the list had parts; only read.</summary>
    [Id(1)]
    public ulong NextToken { get; set; } = 1;

    /// <summary>The list as the first builds stored it; only read.</summary>
    [Id(2)]
    public Dictionary<NamespacedName, ListedService>? First
    {
        get => null;
        set => Services = value ?? Services;
    }

    /// <summary>The list as later builds stored it; only read.</summary>
    [Id(3)]
    public byte[]? Stored
    {
        get => null;
        set => Services = value is null ? Services : Packed.Read(value, NamePartState.Read).ToDictionary();
    }

    /// <summary>The list of a build before it had parts; empty in what this one wrote.</summary>
    [field: NonSerialized]
    public Dictionary<NamespacedName, ListedService> Services { get; private set; } = [];
}
