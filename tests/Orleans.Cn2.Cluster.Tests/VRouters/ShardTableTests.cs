using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.VRouters;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

public sealed class ShardTableTests
{
    private static readonly ShardTable Two = ShardTable.Empty.After(Shards.Snapshot(5, 10, Shards.Entry(1), Shards.Entry(2)));

    [Fact]
    public void After_PageOfALowerEpoch_IsRefused() => Assert.Same(Two, Two.After(Shards.Snapshot(4, 99, Shards.Entry(9))));

    [Fact]
    public void After_OlderSnapshotOfTheEpoch_IsRefused() => Assert.Same(Two, Two.After(Shards.Snapshot(5, 9)));

    [Fact]
    public void After_PageThatContinuesAnotherVersion_IsRefused() => Assert.Same(Two, Two.After(Shards.Step(5, 11, Shards.Entry(3))));

    [Fact]
    public void After_ShardThatIsBeingRebuilt_IsRefused() =>
        Assert.Same(Two, Two.After(Shards.Snapshot(6, 1, Shards.Entry(1)) with { Ready = false }));

    [Fact]
    public void After_SnapshotOfAHigherEpoch_Replaces()
    {
        ShardTable next = Two.After(Shards.Snapshot(6, 1, Shards.Entry(2)));

        Assert.Equal(new ShardVersion(6, 1), next.Version);
        Assert.Equal([Shards.Uid(2)], next.Services.Keys);
    }

    [Fact]
    public void After_AnyChanges_DigestIsThatOfTheTables()
    {
        ShardTable table = Two
            .After(Shards.Step(5, 10, Shards.Entry(1, 2, false, "a", "b")))
            .After(Shards.Step(5, 11, Shards.Entry(3, 1, true, "a")))
            .After(Shards.Step(5, 12, null, Shards.Removal(2)))
            .After(Shards.Step(5, 13, Shards.Entry(3, 2, false, "a")));

        Assert.Equal(TableDigest.Of(table.At("a").Tables), table.At("a").Digest);
        Assert.Equal(table.SharedDigest, table.At("b").Digest);
        Assert.Equal([Shards.Uid(1), Shards.Uid(3)], table.Services.Keys.Order());
    }

    [Fact]
    public void StepsAfter_MoreThanAreRemembered_ReachesOnlyBackThatFar()
    {
        ShardTable table = Two;
        for (ulong seq = 10; seq < 310; seq++)
        {
            table = table.After(Shards.Step(5, seq, Shards.Entry(1, seq)));
        }

        Assert.Null(table.StepsAfter(new ShardVersion(5, 10)));
        Assert.Equal(256, table.StepsAfter(new ShardVersion(5, 54))?.Count);
        Assert.Null(table.StepsAfter(new ShardVersion(5, 53)));
        Assert.Equal(0, table.StepsAfter(table.Version)?.Count);
        Assert.Null(table.StepsAfter(new ShardVersion(4, 300)));
    }

    [Fact]
    public void Of_EntryThatDidNotChange_IsNotCompiledAgain()
    {
        ShardTable before = Two.After(Shards.Step(5, 10, Shards.Entry(3, 1, true, "a")));
        NodeShard former = before.At("a");

        NodeShard next = NodeShard.Of(before.After(Shards.Step(5, 11, Shards.Entry(4, 1, true, "a", "b"))), former.Node, former);

        Assert.Same(former[Shards.Uid(3)], next[Shards.Uid(3)]);
        Assert.Same(former, NodeShard.Of(before, former.Node, former));
        Assert.Single(next[Shards.Uid(4)].Frontends[0].Paths, path => path.State == PathState.Active);
    }

    [Fact]
    public void Replace_ServicesComeChangeAndGo_NamesFollow()
    {
        FrontendNames names = new();
        ulong first = Two.Services[Shards.Uid(1)].Shared!.Frontends[0].Id;
        names.Replace(ShardTable.Empty, Two, [.. Two.Services.Keys]);
        Assert.Equal("shards/s1", names.Find(first));

        ShardTable next = Two.After(Shards.Step(5, 10, null, Shards.Removal(1)));
        names.Replace(Two, next, next.History[^1].Changed);

        Assert.Null(names.Find(first));
        Assert.Equal("shards/s2", names.Find(Two.Services[Shards.Uid(2)].Shared!.Frontends[0].Id));
    }
}
