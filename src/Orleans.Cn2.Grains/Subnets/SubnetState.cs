using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Subnets;

/// <summary>The definition of a subnet with the index of its blocks in use.</summary>
[GenerateSerializer]
internal sealed class SubnetState
{
    /// <summary>Null: there is no such subnet.</summary>
    [Id(0)]
    public SubnetSpec? Spec { get; set; }

    [Id(1)]
    public Guid Uid { get; set; }

    [Id(2)]
    public ulong ResourceVersion { get; set; }

    [Id(3)]
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>
    /// Blocks that may hold leases. A block is entered here before it is first written, so that none is forgotten; one that is listed but was never written
    /// is read as empty.
    /// </summary>
    [field: NonSerialized]
    public HashSet<BlockKey> Blocks { get; private set; } = [];

    /// <summary>The index as earlier builds stored it; only read.</summary>
    [Id(4)]
    public HashSet<BlockKey>? Former
    {
        get => null;
        set => Blocks = value ?? Blocks;
    }

    /// <summary>The index as it is stored.</summary>
    [Id(5)]
    public byte[]? Stored
    {
        get => Packed.Write(Blocks, (writer, key) =>
        {
            writer.Write((byte)key.Family);
            writer.Write7BitEncodedInt64((long)key.Index);
        });
        set => Blocks = value is null
            ? Blocks
            : Packed.Read(value, reader => new BlockKey((IpFamily)reader.ReadByte(), (ulong)reader.Read7BitEncodedInt64())).ToHashSet();
    }
}

/// <summary>Names a block record: its family and index.</summary>
[GenerateSerializer, Immutable]
internal readonly record struct BlockKey([property: Id(0)] IpFamily Family, [property: Id(1)] ulong Index);
