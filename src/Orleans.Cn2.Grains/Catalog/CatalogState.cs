using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Hosting;

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

    /// <summary>The list as earlier builds stored it; only read.</summary>
    [Id(2)]
    public Dictionary<NamespacedName, ListedService>? Former
    {
        get => null;
        set => Services = value ?? Services;
    }

    /// <summary>The list as it is stored.</summary>
    [Id(3)]
    public byte[]? Stored
    {
        get => Packed.Write(Services, (writer, listed) =>
        {
            writer.Write(listed.Key);
            writer.Write7BitEncodedInt64((long)listed.Value.Token);
            writer.Write(listed.Value.Removed);
        });
        set => Services = value is null ? Services : Packed
            .Read(value, reader => KeyValuePair.Create(reader.ReadName(), new ListedService((ulong)reader.Read7BitEncodedInt64(), reader.ReadBoolean()))).ToDictionary();
    }

    [field: NonSerialized]
    public Dictionary<NamespacedName, ListedService> Services { get; private set; } = [];
}

/// <summary>A name on the list.</summary>
/// <param name="Token">Made by the enlisting.</param>
/// <param name="Removed">True once its removal began: nothing is published under the token any more.</param>
[GenerateSerializer, Immutable]
internal sealed record ListedService([property: Id(0)] ulong Token, [property: Id(1)] bool Removed);
