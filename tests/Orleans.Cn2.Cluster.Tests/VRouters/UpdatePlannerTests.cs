using CsCheck;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.VRouters;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

public sealed class UpdatePlannerTests
{
    private const ulong View = 7;
    private static readonly DateTimeOffset Now = Shards.Noon.AddHours(1);

    private static readonly ShardTable Before = ShardTable.Empty.After(
        Shards.Snapshot(5, 10, Shards.Entry(1, 1, false, "a"), Shards.Entry(2, 1, false, "a"), Shards.Entry(3, 1, true, "a", "b")));

    private static readonly ShardTable After = Before
        .After(Shards.Step(5, 10, Shards.Entry(1, 2, false, "a", "b")))
        .After(Shards.Step(5, 11, null, Shards.Removal(2)));

    [Fact]
    public void Plan_ShardNotReadYet_IsNothing() => Assert.Null(Plan(ShardTable.Empty, null));

    [Fact]
    public void Plan_WorkerHoldsNothing_IsASnapshot()
    {
        ShardUpdate update = Plan(After, null)!;

        Assert.True(update.Snapshot);
        Assert.Equal(2, update.Upserts.Length);
        Assert.Equal(TableDigest.Of(update.Upserts), update.Digest);
    }

    [Fact]
    public void Plan_WorkerIsUpToDate_IsNothing() => Assert.Null(Plan(After, Holding(After)));

    [Theory]
    [InlineData(5, 13)]
    [InlineData(6, 1)]
    public void Plan_WorkerIsAhead_WaitsForTheRelay(ulong epoch, ulong seq) =>
        Assert.Null(Plan(After, Holding(After) with { Version = new ShardVersion(epoch, seq), Digest = default }));

    [Fact]
    public void Plan_WorkerIsBehind_IsTheDifferenceAlone()
    {
        ShardUpdate update = Plan(After, Holding(Before))!;

        Assert.Equal(Before.Version, update.From);
        Assert.Equal(After.Version, update.To);
        Assert.Equal([Shards.Uid(1)], update.Upserts.Select(table => table.Uid));
        Assert.Equal([Shards.Uid(2)], update.Deletes);
        Assert.Equal(Shards.Entry(1, 2).Traceparent, update.Traceparent);
        Assert.Equal(Shards.Noon, update.CommittedAt);
    }

    [Fact]
    public void Plan_SameRowsInANewEpoch_IsTheVersionAlone()
    {
        ShardTable rebuilt = Before.After(Shards.Snapshot(6, 3, [.. Before.Services.Values.Select(service => service.Published)]));

        ShardUpdate update = Plan(rebuilt, Holding(Before))!;

        Assert.Equal(Before.Version, update.From);
        Assert.Equal(new ShardVersion(6, 3), update.To);
        Assert.Empty(update.Upserts);
        Assert.Empty(update.Deletes);
    }

    [Fact]
    public void Plan_OtherRowsInANewEpoch_IsASnapshot() =>
        Assert.True(Plan(Before.After(Shards.Snapshot(6, 3, Shards.Entry(1, 9, false, "b"))), Holding(Before))!.Snapshot);

    [Fact]
    public void Plan_RowsAreDamaged_IsASnapshot() => Assert.True(Plan(After, Holding(After) with { Digest = default })!.Snapshot);

    [Fact]
    public void Plan_NodesViewChanged_IsWhatDependsOnTheNode()
    {
        ShardUpdate update = Plan(Before, Holding(Before) with { View = View - 1, Digest = Before.At("b").Digest })!;

        Assert.Equal(Before.Version, update.From);
        Assert.Equal([Shards.Uid(3)], update.Upserts.Select(table => table.Uid));
    }

    [Fact]
    public void Plan_FromAnyVersionOfAnyHistory_EndsAtTheCompiledTables() =>
        Gen.Select(Gen.Int[1, 6], Gen.Bool, Gen.Int[0, 2]).Array[1, 40].SelectMany(
            steps => Gen.Int[0, steps.Length].Select(held => (steps, held))).Sample(history =>
        {
            ShardTable table = Before;
            ShardTable heldAt = Before;
            for (int i = 0; i < history.steps.Length; i++)
            {
                (int number, bool local, int nodes) = history.steps[i];
                bool removes = nodes == 0 && table.Services.ContainsKey(Shards.Uid(number));
                ulong seq = table.Version.Seq;
                table = table.After(removes
                    ? Shards.Step(5, seq, null, Shards.Removal(number))
                    : Shards.Step(5, seq, Shards.Entry(number, seq, local, [.. new[] { "a", "b" }.Take(nodes)])));
                heldAt = i + 1 == history.held ? table : heldAt;
            }

            Dictionary<Guid, ServiceTable> worker = heldAt.At("a").Tables.ToDictionary(held => held.Uid);
            if (Plan(table, Holding(heldAt)) is { } update)
            {
                foreach (Guid gone in update.Snapshot ? [.. worker.Keys] : update.Deletes)
                {
                    worker.Remove(gone);
                }

                foreach (ServiceTable upsert in update.Upserts)
                {
                    worker[upsert.Uid] = upsert;
                }
            }

            return TableDigest.Of(worker.Values) == TableDigest.Of(table.At("a").Tables);
        });

    private static ShardUpdate? Plan(ShardTable table, ShardHolding? held) => UpdatePlanner.Plan(1, table.At("a"), View, held, Now);

    private static ShardHolding Holding(ShardTable table) => new(1, table.Version, View, table.At("a").Digest);
}
