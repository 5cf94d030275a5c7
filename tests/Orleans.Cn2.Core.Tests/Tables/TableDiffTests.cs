using CsCheck;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Tables;

public sealed class TableDiffTests
{
    [Fact]
    public void ApplyTo_AnyTwoTables_GivesTheSecond() => Gen.Select(TableGen.Table, TableGen.Table).Sample((from, to) =>
        TableDiff.Between(from, to).ApplyTo(from.Frontends).SequenceEqual(to.Frontends));

    [Fact]
    public void Between_AnyTwoTables_IsEmptyIffTheirDigestsAreEqual() => Gen.Select(TableGen.Table, TableGen.Table).Sample((from, to) =>
        TableDiff.Between(from, to).IsEmpty == (TableDigest.Of(from) == TableDigest.Of(to)));

    [Fact]
    public void Between_NothingAndATable_AddsOrRemovesAll() => TableGen.Table.Sample(table =>
        TableDiff.Between(null, table).Added.SequenceEqual(table.Frontends)
        && TableDiff.Between(table, null).Removed.SequenceEqual(table.Frontends)
        && TableDiff.Between(null, null).IsEmpty);

    [Fact]
    public void Between_PathOfOtherStateAndPathOfOtherVmi_NamesJustThese()
    {
        Frontend before = TableGen.Example with { Paths = [TableGen.Example.Paths[0], TableGen.Example.Paths[0] with { Port = 9090 }] };
        EcmpPath drained = before.Paths[0] with { State = PathState.Draining };
        EcmpPath reused = before.Paths[1] with { VmiId = 8 };

        FrontendChange? change = FrontendChange.Between(before, before with { Paths = [drained, reused] });

        Assert.NotNull(change);
        Assert.False(change.RowChanged);
        Assert.Equal([drained], change.Changed.AsEnumerable());
        Assert.Equal([before.Paths[1]], change.Removed.AsEnumerable());
        Assert.Equal([reused], change.Added.AsEnumerable());
    }

    [Fact]
    public void IsSuccessorTo_OtherUidOrNotLater_IsFalse()
    {
        ServiceTable table = new(new Guid(1, 0, 0, new byte[8]), new("shop", "cart"), 5, []);

        Assert.True((table with { Generation = 6 }).IsSuccessorTo(table));
        Assert.False(table.IsSuccessorTo(table));
        Assert.False((table with { Generation = 4 }).IsSuccessorTo(table));
        Assert.False((table with { Generation = 6, Uid = Guid.Empty }).IsSuccessorTo(table));
    }
}
