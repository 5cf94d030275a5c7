using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Subnets;

/// <summary>The stored form of one block of 256 addresses.</summary>
[GenerateSerializer]
internal sealed class BlockState
{
    [NonSerialized]
    private readonly PackedOnce<byte, Lease> _packed = new(Write);

    /// <summary>The block as earlier builds stored it; only read.</summary>
    [Id(0)]
    public LeaseBlock? Former
    {
        get => null;
        set => Block = value ?? Block;
    }

    /// <summary>Index of the block.</summary>
    [Id(1)]
    public ulong Index { get; set; }

    /// <summary>The leases as they are stored.</summary>
    [Id(2)]
    public byte[]? Stored
    {
        get => Block is null ? null : _packed.Write(Block.Leases);
        set => Block = value is null ? Block : new LeaseBlock(Index, Packed.Read(value, Read).ToImmutableSortedDictionary());
    }

    /// <summary>The evicted leases by the offset of those in their place; few, and null where there are none. Earlier builds pass over them.</summary>
    [Id(3)]
    public Dictionary<byte, Lease>? Evicted
    {
        get => Block?.Leases.Where(leased => leased.Value.Evicted is not null).ToDictionary(leased => leased.Key, leased => leased.Value.Evicted!) is { Count: > 0 } evicted
            ? evicted
            : null;
        set => Block = value is null || Block is null
            ? Block
            : Block with { Leases = Block.Leases.SetItems(value.Select(entry => KeyValuePair.Create(entry.Key, Block.Leases[entry.Key] with { Evicted = entry.Value }))) };
    }

    /// <summary>The block; null: there is no record.</summary>
    [field: NonSerialized]
    public LeaseBlock? Block { get; private set; }

    /// <summary>Replaces the block.</summary>
    public void Put(LeaseBlock block) => (Index, Block) = (block.Index, block);

    private static void Write(BinaryWriter writer, KeyValuePair<byte, Lease> leased)
    {
        (byte offset, Lease lease) = leased;
        writer.Write(offset);
        writer.Write(lease.ClaimId);
        writer.Write(lease.OwnerUid);
        writer.Write(lease.Owner);
        writer.Write(lease.Reason);
        writer.Write(lease.AllocatedAt);
        writer.Write(lease.Quarantine is not null);
        if (lease.Quarantine is { } quarantine)
        {
            writer.Write(quarantine.Since);
            writer.Write7BitEncodedInt(quarantine.Fence.Count);
            writer.Write([.. quarantine.Fence]);
        }
    }

    private static KeyValuePair<byte, Lease> Read(BinaryReader reader)
    {
        byte offset = reader.ReadByte();
        Lease lease = new(reader.ReadGuid(), reader.ReadGuid(), reader.ReadName(), reader.ReadString(), reader.ReadTime());
        return KeyValuePair.Create(offset, reader.ReadBoolean()
            ? lease with { Quarantine = new Quarantine(reader.ReadTime(), reader.ReadBytes(reader.Read7BitEncodedInt()).ToValueList()) }
            : lease);
    }
}
