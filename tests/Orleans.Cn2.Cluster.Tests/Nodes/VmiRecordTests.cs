using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Nodes;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Nodes;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

public sealed class VmiRecordTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Vmi Pod = new() { Name = new NamespacedName("n", "p"), Uid = Guid.Empty, Node = "a" };

    [Theory]
    [InlineData("no lease", 0, 1000, -100, false)]
    [InlineData("renewed in time", 10, 9, -100, false)]
    [InlineData("not renewed", 10, 10, -100, true)]
    [InlineData("the grain started later, so that no renewal could come", 10, 19, 10, false)]
    [InlineData("not renewed since the grain started", 10, 20, 10, true)]
    public void RunsOut_Lease_CountsWhileRenewalsCouldCome(string why, int lease, int now, int started, bool expected) =>
        Assert.True(expected == new VmiRecord(Pod, lease, Noon).RunsOut(Noon.AddSeconds(now), Noon.AddSeconds(started)), why);

    [Fact]
    public void Effective_Expired_NeitherReadyNorServing()
    {
        VmiRecord record = new(Pod, 10, Noon, Expired: true);

        Assert.False(record.Effective(DrainCause.None).Conditions.IsReady);
        Assert.False(record.Effective(DrainCause.None).Conditions.IsServing);
        Assert.False(record.RunsOut(Noon.AddHours(1), Noon));
    }

    [Theory]
    [InlineData("after the first lapse nothing is held back", 1, 3600, 0, DrainCause.None)]
    [InlineData("after the second it is", 2, 3600, 0, DrainCause.LeaseLapses)]
    [InlineData("until it kept its lease for long enough", 2, 3600, 10, DrainCause.None)]
    [InlineData("which takes longer after the third", 3, 3600, 10, DrainCause.LeaseLapses)]
    [InlineData("and no lease can't lapse", 3, 0, 0, DrainCause.None)]
    [InlineData("a clock that was set back can't tell how long", 2, 3600, -5, DrainCause.None)]
    public void Renew_AfterLapses_IsHeldBack(string why, int lapses, int lease, int later, DrainCause expected)
    {
        VmiRecord record = new(Pod, 10, Noon);
        DateTimeOffset now = Noon;
        for (int i = 0; i < lapses; i++)
        {
            record = record.Renew(Pod, 10, now, HoldOf).Lapse(now += TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(10));
            Assert.False(record.IsSteady(now.AddHours(1), HoldOf), "an expired one is not steady");
        }

        record = record.Renew(Pod, lease, now, HoldOf);
        record = record.Renew(Pod, lease, now, HoldOf);

        Assert.True(expected == (record.IsSteady(now.AddSeconds(later), HoldOf) ? DrainCause.None : record.Effective(DrainCause.None).Drains), why);
        Assert.Equal(DrainCause.NodeDraining, record.Effective(DrainCause.NodeDraining).Drains);
    }

    private static TimeSpan HoldOf(LossRecord losses) => losses.Hold(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5));
}
