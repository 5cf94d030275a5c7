using CsCheck;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Tables;

public sealed class TableDigestTests
{
    [Fact]
    public void Of_AnyTwoTables_EqualsIffTheirRowsAreTheSame() =>
        Gen.Select(TableGen.Table, TableGen.Table).Sample((left, right) =>
            (TableDigest.Of(left) == TableDigest.Of(right)) == TableGen.Rows(left).SetEquals(TableGen.Rows(right)));

    [Fact]
    public void Of_SameRowsOfAnotherGeneration_IsEqual() => TableGen.Table.Sample(table =>
        TableDigest.Of(table) == TableDigest.Of(table with { Generation = table.Generation + 1 }));

    [Fact]
    public void Of_SetInAnyOrder_IsTheSumOfItsParts() =>
        Gen.Select(TableGen.Table.Array[0, 6], Gen.Int).Sample((tables, seed) =>
        {
            ServiceTable[] shuffled = [.. tables];
            new Random(seed).Shuffle(shuffled);
            TableDigest sum = tables.Aggregate(default(TableDigest), (digest, table) => digest + TableDigest.Of(table));
            return sum == TableDigest.Of(shuffled) && tables.Aggregate(sum, (digest, table) => digest - TableDigest.Of(table)) == default;
        });

    [Fact]
    public void Of_AnySingleFieldChanged_Differs()
    {
        Frontend frontend = TableGen.Example;
        EcmpPath path = frontend.Paths[0];
        Frontend[] others =
        [
            frontend,
            frontend with { Address = TableGen.OtherAddress },
            frontend with { Protocol = TransportProtocol.Udp },
            frontend with { Port = 81 },
            frontend with { Id = 2 },
            frontend with { Flags = FrontendFlags.LocalOnly },
            frontend with { AffinitySeconds = 1 },
            frontend with { Paths = [] },
            frontend with { Paths = [path with { Address = TableGen.OtherAddress }] },
            frontend with { Paths = [path with { Port = 81 }] },
            frontend with { Paths = [path with { Weight = 1 }] },
            frontend with { Paths = [path with { State = PathState.Draining }] },
            frontend with { Paths = [path with { VmiId = 81 }] },
        ];

        Assert.Equal(others.Length, others.Select(TableDigest.Of).Distinct().Count());
    }

    [Fact]
    public void Of_KnownFrontend_IsTheKnownValue() =>
        // Silos and workers of two versions compare digests: the value must never change.
        Assert.Equal("c4bb821e0679431812f5943eb749f0ba/2", TableDigest.Of(TableGen.Example).ToString());
}
