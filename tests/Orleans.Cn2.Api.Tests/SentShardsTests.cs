using Orleans.Cn2.Api.Streams;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Api.Tests;

public sealed class SentShardsTests
{
    [Fact]
    public void All_OfWhatAWorkerMaySay_IsTheLastWordOfEachShardThatThereIs()
    {
        SentShards sent = new([Holding(3, 1), Holding(-1, 1), Holding(ShardMap.Shards, 1), Holding(3, 2)]);

        Assert.Equal([Holding(3, 2)], sent.All);
        Assert.Equal((2UL, 0UL), (sent.ViewOf(3), sent.ViewOf(4)));
    }

    [Fact]
    public void All_AfterShardsWereSentAndDistrusted_IsWhatTheWorkerHolds()
    {
        SentShards sent = new([Holding(3, 1), Holding(5, 1)]);
        sent.Note(Holding(3, 2));
        sent.Note(Holding(4, 1));
        sent.Forget(5);
        sent.Forget(6);

        Assert.Equal([Holding(3, 2), Holding(4, 1)], sent.All);
        Assert.Equal(0UL, sent.ViewOf(5));
    }

    private static ShardHolding Holding(int shard, ulong number) => new(shard, new ShardVersion(1, number), number, default);
}
