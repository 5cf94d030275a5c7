using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>What persists of a part of a shard's list.</summary>
[GenerateSerializer]
internal sealed class NamePartState
{
    /// <summary>Token that the next enlisting gets. It outlives the names, so that of two enlistings of one name the later has the greater token.</summary>
    [Id(0)]
    public ulong NextToken { get; set; } = 1;

    /// <summary>The names as they are stored.</summary>
    [Id(1)]
    public byte[]? Stored
    {
        get => Packed.Write(Services, (writer, listed) =>
        {
            writer.Write(listed.Key);
            writer.Write7BitEncodedInt64((long)listed.Value.Token);
            writer.Write(listed.Value.Removed);
        });
        set => Services = Packed.Read(value, Read).ToDictionary();
    }

    [field: NonSerialized]
    public Dictionary<NamespacedName, ListedService> Services { get; private set; } = [];

    /// <summary>A name as it is stored; builds before the parts stored theirs so too.</summary>
    public static KeyValuePair<NamespacedName, ListedService> Read(BinaryReader reader) =>
        KeyValuePair.Create(reader.ReadName(), new ListedService((ulong)reader.Read7BitEncodedInt64(), reader.ReadBoolean()));
}

/// <summary>A name on the list.</summary>
/// <param name="Token">Made by the enlisting.</param>
/// <param name="Removed">True once its removal began: nothing is published under the token any more.</param>
[GenerateSerializer, Immutable]
internal sealed record ListedService([property: Id(0)] ulong Token, [property: Id(1)] bool Removed);
