using CsCheck;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Ecmp;

public sealed class MaglevTests
{
    private static readonly Gen<EcmpPath[]> Groups =
        Gen.Select(Gen.Int[0, 500_000], Gen.UShort[1, 65535]).Array[1, 100]
            .Select(rows => rows.DistinctBy(row => row.Item1).Select(row => Paths.Of(row.Item1, row.Item2)).ToArray());

    [Fact]
    public void Fill_AnyOrderOfPaths_GivesEachSlotTheSamePath() =>
        Gen.Select(Groups, Gen.Int).Sample((paths, seed) =>
        {
            EcmpPath[] shuffled = [.. paths];
            new Random(seed).Shuffle(shuffled);
            int[] slots = Fill(paths);
            int[] others = Fill(shuffled);
            return slots.Zip(others).All(pair => paths[pair.First] == shuffled[pair.Second]);
        }, iter: 60);

    [Fact]
    public void Fill_AnyWeights_SharesAreWithinTwoPercentOrTwoSlots() => Groups.Sample(
        paths =>
        {
            int[] slots = Fill(paths);
            double sum = paths.Sum(path => (double)path.Weight);
            return slots.CountBy(slot => slot).Count() == paths.Length && slots.CountBy(slot => slot).All(count =>
            {
                double due = (double)slots.Length * paths[count.Key].Weight / sum;
                return Math.Abs(count.Value - due) <= Math.Max(2, 0.02 * due);
            });
        },
        iter: 60);

    [Theory]
    [InlineData(2, 1_259)]
    [InlineData(10, 1_259)]
    [InlineData(20, 2_503)]
    [InlineData(250, 65_537)]
    [InlineData(1_000, 131_101)]
    public void Fill_EqualWeights_SharesAreWithinTwoPercent(int count, int expectedSlots)
    {
        int[] slots = Fill(Paths.Equal(count));

        Assert.Equal(expectedSlots, slots.Length);
        double due = (double)slots.Length / count;
        Assert.All(slots.CountBy(slot => slot), share => Assert.InRange(share.Value, due * 0.98, due * 1.02));
    }

    [Theory]
    [InlineData(10, 0, 2.5)]
    [InlineData(20, 0, 2.5)]
    [InlineData(100, 0, 2.5)]
    [InlineData(160, 0, 2.5)]
    [InlineData(100, 65_537, 1.0)]
    public void Fill_OnePathRemoved_FewSlotsOfTheOthersMove(int count, int slots, double limitPercent)
    {
        EcmpPath[] paths = Paths.Equal(count);
        int size = slots == 0 ? SlotsOf(paths) : slots;
        int[] before = new int[size];
        Maglev.Fill(paths, before);
        List<double> moved = [];
        for (int removed = 0; removed < count; removed += Math.Max(1, count / 20))
        {
            EcmpPath[] rest = [.. paths.Where((_, index) => index != removed)];
            int[] after = new int[size];
            Maglev.Fill(rest, after);
            int kept = before.Count(slot => slot != removed);
            moved.Add(100.0 * before.Zip(after).Count(pair => pair.First != removed && paths[pair.First] != rest[pair.Second]) / kept);
        }

        Assert.InRange(moved.Average(), 0.0, limitPercent);
        Assert.InRange(moved.Max(), 0.0, limitPercent * 1.6);
    }

    [Fact]
    public void Fill_WeightHalved_OnlyTheDifferenceMovesMuch()
    {
        EcmpPath[] paths = Paths.Equal(20);
        EcmpPath[] lighter = [.. paths];
        lighter[7] = lighter[7] with { Weight = 50 };
        int[] before = new int[65_537];
        int[] after = new int[65_537];

        Maglev.Fill(paths, before);
        Maglev.Fill(lighter, after);

        Assert.InRange(before.Zip(after).Count(pair => pair.First != pair.Second && pair.First != 7), 0, 65_537 * 15 / 1000);
    }

    [Fact]
    public void Fill_SinglePath_TakesTheOnlySlot() => Assert.Equal([0], Fill([Paths.Of(1)]));

    [Fact]
    public void Fill_SameAddressOfAnotherVmi_IsAnotherPath()
    {
        EcmpPath[] paths = Paths.Equal(10);
        EcmpPath[] reused = [.. paths];
        reused[3] = reused[3] with { VmiId = 42 };

        Assert.NotEqual(Fill(paths), Fill(reused));
    }

    [Fact]
    public void Fill_KnownGroup_GivesKnownSlots()
    {
        // Nodes of two versions share flows: this block must never change.
        int[] slots = Fill(Paths.Equal(5));

        Assert.Equal("0,4,2,1,2,3,4,3,1,0,1,4", string.Join(',', slots.Take(12)));
    }

    [Fact]
    public void Fill_NoPathsOrTooManyOrWeightZero_Throws()
    {
        Assert.Throws<ArgumentException>(() => Maglev.Fill([], new int[1_259]));
        Assert.Throws<ArgumentException>(() => Maglev.Fill(Paths.Equal(2), new int[1]));
        Assert.Throws<ArgumentException>(() => Maglev.Fill([Paths.Of(1, 0), Paths.Of(2)], new int[1_259]));
    }

    private static int SlotsOf(EcmpPath[] paths) =>
        SizeClass.SlotsOf(SizeClass.Of([.. paths.Select(path => path.Weight)]));

    private static int[] Fill(EcmpPath[] paths)
    {
        int[] slots = new int[SlotsOf(paths)];
        Maglev.Fill(paths, slots);
        return slots;
    }
}
