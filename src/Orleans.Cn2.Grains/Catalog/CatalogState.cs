using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>What persists of a shard: its epoch and the list of its Services.</summary>
[GenerateSerializer]
internal sealed class CatalogState
{
    [Id(0)]
    public ulong Epoch { get; set; }

    /// <summary>Token that the next enlisting gets.</summary>
    [Id(1)]
    public ulong NextToken { get; set; } = 1;

    [Id(2)]
    public Dictionary<NamespacedName, ListedService> Services { get; set; } = [];
}

/// <summary>A name on the list.</summary>
/// <param name="Token">Made by the enlisting.</param>
/// <param name="Removed">True once its removal began: nothing is published under the token any more.</param>
[GenerateSerializer, Immutable]
internal sealed record ListedService([property: Id(0)] ulong Token, [property: Id(1)] bool Removed);
