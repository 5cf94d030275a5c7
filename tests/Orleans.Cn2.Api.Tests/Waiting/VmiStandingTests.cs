using System.Collections.Immutable;
using Orleans.Cn2.Api.Waiting;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using VmiStatus = Orleans.Cn2.Protocol.V1.VmiStatus;

namespace Orleans.Cn2.Api.Tests.Waiting;

public sealed class VmiStandingTests
{
    // uses: one a Service: a active, s draining and serving, d draining, n no port, - not selected any more, 0 no endpoint, ? not published
    [Theory]
    [InlineData("in use", "a", 3, "", "n/s0 gives it new flows")]
    [InlineData("in use by both", "a a", 3, "", "n/s0 gives it new flows|n/s1 gives it new flows")]
    [InlineData("in use by one, which has not published", "?", 3, "n/s0 has not published its last change", "n/s0 has not published its last change")]
    [InlineData("one of two published", "a ?", 3, "n/s1 has not published its last change", "n/s1 has not published its last change|n/s0 gives it new flows")]
    [InlineData("one of two gives it none", "a s", 3, "n/s1 gives it no new flows: it terminates", "n/s0 gives it new flows")]
    [InlineData("a Service without its port does not count", "a n", 3, "", "n/s0 gives it new flows")]
    [InlineData("no Service finds its port", "n", 3, "n/s0 finds no port on it", "")]
    [InlineData("moved from one Service to another", "- a", 3, "", "n/s1 gives it new flows")]
    [InlineData("no Service selects it", "0", 3, "no Service selects it", "")]
    [InlineData("none knows of it", "", 3, "no Service selects it", "")]
    [InlineData("none selects it any more", "-", 3, "no Service selects it", "")]
    [InlineData("it ends, and every vRouter has that", "s", 3, "n/s0 gives it no new flows: it terminates", "")]
    [InlineData("it does not serve", "d", 3, "n/s0 gives it no new flows: it terminates", "")]
    [InlineData("a vRouter lacks", "a", 2, "node2: lacks the tables", "n/s0 gives it new flows|node2: lacks the tables")]
    [InlineData("a vRouter lacks that it ends", "s", 2, "n/s0 gives it no new flows: it terminates|node2: lacks the tables", "node2: lacks the tables")]
    public void Standing_OfUses_NamesWhatIsWaitedFor(string why, string uses, int reached, string unavailable, string undrained)
    {
        VmiStanding standing = Standing(uses, reached, 100, new VmiConditions(null, null, true));

        Assert.True(unavailable == string.Join('|', standing.Unavailable), $"{why}: {string.Join('|', standing.Unavailable)}");
        Assert.True(undrained == string.Join('|', standing.Undrained), $"{why}: {string.Join('|', standing.Undrained)}");
        Assert.Equal(unavailable.Length == 0, standing.ToStatus(null).Available);
        Assert.False(standing.ToStatus(null).Drained);
        Assert.Equal(undrained.Length == 0, standing.ToStatus([]).Drained);
    }

    [Theory]
    [InlineData(66, true)]
    [InlineData(67, false)]
    public void Standing_ShareOfTheVRouters_CountsForAvailableAlone(int percent, bool available)
    {
        Assert.Equal(available, Standing("a", 2, (uint)percent, default).ToStatus(null).Available);
        Assert.NotEmpty(Standing("s", 2, (uint)percent, default).Undrained);
    }

    [Theory]
    [InlineData(false, null, "it is not ready")]
    [InlineData(null, true, "it terminates")]
    [InlineData(null, null, "another VMI has its address")]
    public void Standing_NoNewFlows_SaysWhy(bool? ready, bool? terminating, string why) =>
        Assert.Equal([$"n/s0 gives it no new flows: {why}"], Standing("s", 3, 100, new VmiConditions(ready, null, terminating)).Unavailable);

    [Theory]
    [InlineData(DrainCause.NodeDraining, "its node node1 drains")]
    [InlineData(DrainCause.NodeHeldBack, "its node node1 is held back after repeated losses")]
    [InlineData(DrainCause.LeaseLapses, "it is held back after repeated lapses of its lease")]
    public void Standing_Drains_SaysWhy(DrainCause cause, string why) =>
        Assert.Equal([$"n/s0 gives it no new flows: {why}"], Standing("s", 3, 100, default, cause).Unavailable);

    [Fact]
    public void ToStatus_Flows_AreWaitedForByNode()
    {
        VmiStatus status = Standing("s", 3, 100, default).ToStatus([new NodeFlows("node1", 0), new NodeFlows("node2", 3), new NodeFlows("node3", 0, "its worker is away")]);

        Assert.False(status.Drained);
        Assert.Equal(3, status.Flows);
        Assert.Equal(["node2: 3 flows", "node3: its worker is away"], status.UndrainedBecause);
        Assert.True(Standing("s", 3, 100, default).ToStatus([new NodeFlows("node1", 0)]).Drained);
    }

    [Fact]
    public void ToStatus_ManyCauses_TellsTwenty() => Assert.Equal(
        20, Standing("s", 3, 100, default).ToStatus([.. Enumerable.Range(0, 30).Select(i => new NodeFlows($"node{i}", 1))]).UndrainedBecause.Count);

    private static VmiStanding Standing(string uses, int reached, uint percent, VmiConditions conditions, DrainCause drains = DrainCause.None)
    {
        string[] words = uses.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Vmi vmi = new() { Name = new NamespacedName("n", "v"), Uid = Guid.Empty, Node = "node1", Conditions = conditions, Drains = drains };
        ImmutableArray<NamespacedName> services = [.. words.Select((_, index) => new NamespacedName("n", $"s{index}"))];
        return new VmiStanding(new Membership(vmi, 1, services), [.. words.Select(Use)], new FenceProgress(reached, 3, reached < 3 ? ["node2"] : [], true), percent);
    }

    private static MemberUse? Use(string word) => word switch
    {
        "?" => null,
        "0" => new MemberUse(ShardVersion.None, EndpointUse.None),
        _ => new MemberUse(
            new ShardVersion(1, 1),
            new EndpointUse(
                word != "-",
                word switch { "a" => PathState.Active, "s" => PathState.DrainingServing, "n" => null, _ => PathState.Draining },
                word == "n" ? [] : [(ushort)8080])),
    };
}
