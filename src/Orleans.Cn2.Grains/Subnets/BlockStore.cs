using System.Globalization;
using Orleans.Cn2.Core.Addressing;
using Orleans.Storage;

namespace Orleans.Cn2.Grains.Subnets;

/// <summary>
/// The block records of a subnet, each under its own key and etag: the same address always meets the same etag, so that a second activation of the subnet's
/// grain can't give an address out again. A conflict throws <see cref="InconsistentStateException"/>.
/// </summary>
internal sealed class BlockStore(IGrainStorage storage, GrainId subnet)
{
    private readonly Dictionary<BlockKey, GrainState<BlockState>> _records = [];

    /// <summary>Reads a block; an empty one where there is no record.</summary>
    public async Task<LeaseBlock> ReadAsync(BlockKey key)
    {
        GrainState<BlockState> record = new() { State = new BlockState() };
        await storage.ReadStateAsync(StateName(key), subnet, record);
        _records[key] = record;
        return record.State.Block ?? LeaseBlock.Empty(key.Index);
    }

    /// <summary>Writes a block where its record is as it was read or written last; an empty block's record is removed.</summary>
    public async Task WriteAsync(BlockKey key, LeaseBlock block)
    {
        if (!_records.TryGetValue(key, out GrainState<BlockState>? record))
        {
            _records[key] = record = new GrainState<BlockState> { State = new BlockState() };
        }

        (record.State ??= new BlockState()).Put(block);
        if (!block.IsEmpty)
        {
            await storage.WriteStateAsync(StateName(key), subnet, record);
        }
        else if (record.ETag is not null)
        {
            await storage.ClearStateAsync(StateName(key), subnet, record);
        }
    }

    private static string StateName(BlockKey key) =>
        string.Create(CultureInfo.InvariantCulture, $"leases-{(key.Family == IpFamily.IPv4 ? "v4" : "v6")}-{key.Index:x}");
}
