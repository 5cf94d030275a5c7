using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Ecmp;

/// <summary>How flows spread over paths, hash and slots together. Seeds are fixed: a failure is a change, not bad luck.</summary>
public sealed class EcmpStatisticsTests
{
    private const int Flows = 10_000;

    /// <summary>Quantile 0.999 of the normal distribution.</summary>
    private const double Z = 3.0902;

    public static TheoryData<int, int, int> Groups { get; } = new()
    {
        { 2, 4, 1 }, { 10, 4, 2 }, { 20, 4, 3 }, { 100, 4, 4 }, { 250, 4, 5 },
        { 2, 6, 6 }, { 10, 6, 7 }, { 20, 6, 8 }, { 100, 6, 9 }, { 250, 6, 10 },
    };

    [Theory]
    [MemberData(nameof(Groups))]
    public void Choice_OfTenThousandFlows_FitsTheShareOfSlots(int count, int family, int seed)
    {
        EcmpPath[] paths = [.. Enumerable.Range(1, count).Select(number => Paths.Of(number, (ushort)(100 + (50 * (number % 4)))))];
        int[] slots = SlotsOf(paths);
        int[] met = new int[count];
        foreach (ulong hash in Hashes(family, seed))
        {
            met[slots[FlowHash.SlotOf(hash, (uint)slots.Length)]]++;
        }

        int[] share = new int[count];
        foreach (int path in slots)
        {
            share[path]++;
        }

        double chiSquare = met.Zip(share, (seen, due) => Math.Pow(seen - ((double)Flows * due / slots.Length), 2) / ((double)Flows * due / slots.Length)).Sum();

        Assert.InRange(chiSquare, 0, Quantile(count - 1));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void Choice_OnEveryNodeAndAfterEveryRestart_IsTheSame(int family)
    {
        EcmpPath[] paths = Paths.Equal(37);
        EcmpPath[] shuffled = [.. paths];
        new Random(1).Shuffle(shuffled);
        int[] here = SlotsOf(paths);
        int[] there = SlotsOf(shuffled);

        Assert.All(Hashes(family, 11), hash => Assert.Equal(
            paths[here[FlowHash.SlotOf(hash, (uint)here.Length)]], shuffled[there[FlowHash.SlotOf(hash, (uint)there.Length)]]));
    }

    // OpenSDN leads the flows of a member that died to its neighbours in the list.
    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(160)]
    public void Choice_AfterAMemberDied_LoadsNoNeighbourMoreThanTheOthers(int count)
    {
        EcmpPath[] paths = Paths.Equal(count);
        int[] before = SlotsOf(paths);
        for (int dead = 0; dead < count; dead += Math.Max(1, count / 10))
        {
            EcmpPath[] rest = [.. paths.Where((_, index) => index != dead)];
            int[] after = new int[before.Length];
            Maglev.Fill(rest, after);

            double due = (double)before.Length / (count - 1);
            Assert.All(after.CountBy(slot => slot), share => Assert.InRange(share.Value, due * 0.98, due * 1.02));
            // As many heirs as so many slots meet when they fall at random.
            double met = (count - 1) * (1 - Math.Pow(1 - (1.0 / (count - 1)), before.Count(slot => slot == dead)));
            int heirs = before.Zip(after).Where(pair => pair.First == dead).Select(pair => pair.Second).Distinct().Count();
            Assert.InRange(heirs, (int)(0.9 * met), count - 1);
        }
    }

    // OpenSDN holds 128 members at most.
    [Fact]
    public void Choice_AmongAThousandPaths_MeetsThemAll()
    {
        EcmpPath[] paths = Paths.Equal(1_000);
        int[] slots = SlotsOf(paths);

        Assert.Equal(1_000, Hashes(4, 12, 100_000).Select(hash => slots[FlowHash.SlotOf(hash, (uint)slots.Length)]).Distinct().Count());
    }

    private static IEnumerable<ulong> Hashes(int family, int seed, int count = Flows)
    {
        Random random = new(seed);
        UInt128 key = new((ulong)random.NextInt64(), (ulong)random.NextInt64());
        for (int i = 0; i < count; i++)
        {
            // Clients differ in few bits and use neighbouring ports, as they do.
            IpAddress client = family == 4 ? IpAddress.V4(0x0af4_0000 + (uint)random.Next(4096)) : IpAddress.V6(((UInt128)0xfd00_0000_0000_0244 << 64) + (uint)random.Next(4096));
            IpAddress service = family == 4 ? IpAddress.V4(0x0a60_0010) : IpAddress.V6(((UInt128)0xfd00_0000_0000_0096 << 64) + 0x10);
            yield return FlowHash.OfTuple(key, client, service, (ushort)(32768 + i), 80, TransportProtocol.Tcp);
        }
    }

    // Wilson and Hilferty's approximation of the chi-square quantile 0.999.
    private static double Quantile(int freedom)
    {
        double part = 2.0 / (9 * freedom);
        return freedom * Math.Pow(1 - part + (Z * Math.Sqrt(part)), 3);
    }

    private static int[] SlotsOf(EcmpPath[] paths)
    {
        int[] slots = new int[SizeClass.SlotsOf(SizeClass.Of([.. paths.Select(path => path.Weight)]))];
        Maglev.Fill(paths, slots);
        return slots;
    }
}
