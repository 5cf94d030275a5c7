using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Catalog;

namespace Orleans.Cn2.Cluster.Tests.Catalog;

public sealed class AuditRoundsTests
{
    private static readonly MembershipVersion Alone = new(1);
    private static readonly MembershipVersion Joined = new(2);
    private static readonly NamespacedName[] Names = [.. Enumerable.Range(0, 120).Select(number => new NamespacedName("default", $"web-{number}"))];
    private readonly AuditRounds _rounds = new(Alone);

    [Fact]
    public void Next_NobodyCameOrWent_GoesRoundAtTheCalmPace()
    {
        List<NamespacedName> seen = [];
        for (int period = 0; period < Names.Length / AuditRounds.Calm; period++)
        {
            (NamespacedName[] names, bool hurries) = _rounds.Next(Names, Alone);
            Assert.False(hurries);
            seen.AddRange(names);
        }

        Assert.Equal(Names, seen);
        Assert.Equal(Names[..AuditRounds.Calm], _rounds.Next(Names, Alone).Names);
    }

    [Fact]
    public void Next_SiloCame_BeginsAnewAtTheQuickPaceForOneRound()
    {
        _rounds.Next(Names, Alone);

        Assert.Equal([(50, true), (50, true), (20, true), (2, false)], Periods(4));
    }

    [Fact]
    public void Next_ServicesWereAskedSinceTheSiloCame_AreLeftOutOnce()
    {
        Ask(Names[..100], Joined);

        (NamespacedName[] names, bool hurries) = _rounds.Next(Names, Joined);
        Assert.True(hurries);
        Assert.Equal(Names[100..], names);
        Assert.Equal(Names[..AuditRounds.Calm], _rounds.Next(Names, Joined).Names);
    }

    [Fact]
    public void Next_ServicesWereAskedBeforeTheSiloCame_AreAskedAgain()
    {
        Ask(Names, Alone);

        Assert.Equal(Names[..AuditRounds.Hurried], _rounds.Next(Names, Joined).Names);
    }

    [Fact]
    public void Next_SiloCameAmongTheAsks_LeavesOutOnlyThoseAfterIt()
    {
        Ask(Names[..60], Alone);
        Ask(Names[60..], Joined);

        Assert.Equal([.. Names[..50]], _rounds.Next(Names, Joined).Names);
        Assert.Equal([.. Names[50..60]], _rounds.Next(Names, Joined).Names);
    }

    private void Ask(NamespacedName[] names, MembershipVersion now) => Array.ForEach(names, name => _rounds.Asked(name, now));

    private (int Count, bool Hurries)[] Periods(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => _rounds.Next(Names, Joined)).Select(period => (period.Names.Length, period.Hurries))];
}
