using Orleans.Cn2.Cluster.Tests.VRouters;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Grains.Catalog;

namespace Orleans.Cn2.Cluster.Tests.Catalog;

public sealed class ShardLogTests
{
    private readonly ShardLog _log = new(7);

    [Fact]
    public void Read_NothingHeld_IsASnapshot()
    {
        _log.Put(Shards.Entry(1));
        _log.Put(Shards.Entry(2));
        _log.Remove(Shards.Removal(1));

        ShardChanges changes = _log.Read(ShardVersion.None, 10);

        Assert.True(changes.Complete);
        Assert.Equal(new ShardVersion(7, 3), changes.To);
        Assert.Equal([Shards.Uid(2)], changes.Upserts.Select(entry => entry.Entry.Uid));
    }

    [Fact]
    public void Read_InPages_TellsEachServiceOnceAPageAndReachesTheEnd()
    {
        _log.Put(Shards.Entry(1, 1));
        _log.Put(Shards.Entry(1, 2));
        _log.Put(Shards.Entry(2, 1));
        _log.Remove(Shards.Removal(2));

        ShardChanges first = _log.Read(new ShardVersion(7, 0), 2);
        ShardChanges second = _log.Read(first.To, 2);

        Assert.Equal([2UL], first.Upserts.Select(entry => entry.Entry.Generation));
        Assert.True(first.More);
        Assert.Empty(second.Upserts);
        Assert.Equal([Shards.Uid(2)], second.Deletes.Select(removal => removal.Uid));
        Assert.False(second.More);
        Assert.Equal(_log.Version, second.To);
    }

    [Fact]
    public void Read_VersionOfAnotherEpoch_IsASnapshot()
    {
        _log.Put(Shards.Entry(1));

        Assert.True(_log.Read(new ShardVersion(6, 1), 10).Complete);
        Assert.True(_log.Read(new ShardVersion(7, 2), 10).Complete);
    }

    [Fact]
    public void Read_FurtherBackThanTheLogReaches_IsASnapshot()
    {
        for (ulong generation = 1; generation <= 4097; generation++)
        {
            _log.Put(Shards.Entry(1, generation));
        }

        Assert.True(_log.Read(new ShardVersion(7, 0), 10).Complete);
        Assert.False(_log.Read(new ShardVersion(7, 1), 10).Complete);
    }
}
