using Orleans.Cn2.Core;
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

        Assert.False(record.Effective(nodeDrains: false).Conditions.IsReady);
        Assert.False(record.Effective(nodeDrains: false).Conditions.IsServing);
        Assert.False(record.RunsOut(Noon.AddHours(1), Noon));
    }
}
