using Orleans.Cn2.Cluster.Tests.Subnets;
using Orleans.Cn2.Cluster.Tests.VRouters;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Grains;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>The wall clock is set, as by NTP after a machine was suspended: nobody fell silent by that.</summary>
[Collection(SmallClusterTests.Name)]
public sealed class SteppedClockTests(SmallClusterFixture cluster)
{
    [Fact]
    public async Task WallClock_SetForward_KeepsTheWorkerAndItsNode()
    {
        string name = ClusterFixture.NewName("node");
        INodeGrain node = cluster.Grains.GetGrain<INodeGrain>(name);
        IVRouterGrain vrouter = cluster.Grains.GetGrain<IVRouterGrain>(name);
        await node.Register(new NodeSpec([IpAddress.Parse("172.18.0.2")], null, [], LabelSet.Empty, LabelSet.Empty));
        FakeWorker worker = new(vrouter);
        await worker.AttachAsync(1);
        using CancellationTokenSource ended = new();
        Task reporting = ReportAsync(worker, ended.Token);

        SmallClusterFixture.Time.Advance(TimeSpan.FromHours(1));
        DateTimeOffset set = SmallClusterFixture.Time.GetUtcNow();
        // Told by the check that would have ended the session.
        await ClusterFixture.EventuallyAsync(async () => (await node.Get())!.LastSeen > set + new Cn2GrainsOptions().Heartbeat);

        Assert.True((await vrouter.GetStatus()).Attached);
        Assert.Equal(NodePresence.Connected, (await node.Get())!.Presence);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reporting);
        await node.Delete();
    }

    private static async Task ReportAsync(FakeWorker worker, CancellationToken cancellation)
    {
        // Seldom enough for a check to fall between the setting of the clock and the next report, often enough to live.
        using PeriodicTimer heartbeat = new(new Cn2GrainsOptions().Heartbeat * 2);
        while (await heartbeat.WaitForNextTickAsync(cancellation))
        {
            await worker.ReportAsync();
        }
    }
}
