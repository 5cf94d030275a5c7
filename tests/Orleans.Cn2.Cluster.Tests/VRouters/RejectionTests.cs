using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

/// <summary>What a worker did not program, or programmed wrongly, is not programmed: no fence passes it, so no address that it may still lead is given out.</summary>
[Collection(FanoutTests.Name)]
public sealed class RejectionTests(FanoutFixture cluster)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nack_FenceOfTheRejectedChange_WaitsUntilItIsProgrammed(bool holdsBack)
    {
        (string node, FakeWorker worker, ServiceManifest manifest) = await HoldingAsync("reject");
        (worker.HoldsBack, worker.Rejects) = (holdsBack, table => table.Name == manifest.Name);
        int shard = ShardMap.ShardOf(manifest.Name);

        Fence fence = await ChangeAsync(manifest);
        await ClusterFixture.EventuallyAsync(async () =>
        {
            await worker.PullAsync();
            return (await StatusAsync(node)).Rejections.Any(nack => nack.Service == manifest.Name);
        });

        await ReportedAsync(node, worker, shard);
        Assert.Contains(node, (await QueryAsync(fence)).WaitingFor);
        Assert.False((await StatusAsync(node)).InSync);

        worker.Rejects = _ => false;
        await (holdsBack ? worker.AcceptAsync(shard) : worker.DistrustAsync(shard));
        await ProgrammedAsync(node, worker, fence);
        Assert.Empty((await StatusAsync(node)).Rejections);
        await cluster.Node(node).Delete();
    }

    [Fact]
    public async Task Ack_DigestThatWasNotAnnounced_IsAnsweredByASnapshotAndHoldsTheFenceBack()
    {
        (string node, FakeWorker worker, ServiceManifest manifest) = await HoldingAsync("digest");
        int shard = ShardMap.ShardOf(manifest.Name);
        worker.Damages = shard;
        Fence fence = await ChangeAsync(manifest);
        await ClusterFixture.EventuallyAsync(async () => (await worker.PullAsync()).Updates.Any(update => update.Shard == shard));

        (worker.Damages, worker.Leaves) = (null, shard);
        await ReportedAsync(node, worker, shard);
        Assert.Contains(node, (await QueryAsync(fence)).WaitingFor);

        worker.Leaves = null;
        int before = worker.Snapshots;
        await ProgrammedAsync(node, worker, fence);
        Assert.Equal(before + 1, worker.Snapshots);
        await cluster.Node(node).Delete();
    }

    [Fact]
    public async Task Attach_AfterARejection_DoesNotCountWhatTheWorkerSaysItHolds()
    {
        (string node, FakeWorker worker, ServiceManifest manifest) = await HoldingAsync("again");
        worker.Rejects = table => table.Name == manifest.Name;
        Fence fence = await ChangeAsync(manifest);
        await ClusterFixture.EventuallyAsync(async () =>
        {
            await worker.PullAsync();
            return !(await StatusAsync(node)).Rejections.IsEmpty;
        });

        await cluster.Grains.GetGrain<IVRouterGrain>(node).Detach(worker.Session);
        await worker.AttachAsync(boot: 1);

        Assert.Contains(node, (await QueryAsync(fence)).WaitingFor);
        worker.Rejects = _ => false;
        await ProgrammedAsync(node, worker, fence);
        await cluster.Node(node).Delete();
    }

    [Fact]
    public async Task Nack_OfAnotherShardOrAForeignService_IsNotKept()
    {
        (string node, FakeWorker worker, ServiceManifest manifest) = await HoldingAsync("foreign");
        IVRouterGrain vrouter = cluster.Grains.GetGrain<IVRouterGrain>(node);
        Guid own = worker.Tables.Values.Single(table => table.Name == manifest.Name).Uid;
        foreach (int shard in (int[])[-1, ShardMap.Shards, int.MaxValue])
        {
            await vrouter.Nack(worker.Session, new WorkerNack(own, manifest.Name, shard, ShardVersion.None, "no room"));
        }

        await vrouter.Nack(worker.Session, new WorkerNack(Guid.NewGuid(), manifest.Name, ShardMap.ShardOf(manifest.Name), ShardVersion.None, "no room"));
        Assert.Empty((await StatusAsync(node)).Rejections);

        await vrouter.Nack(worker.Session, new WorkerNack(own, manifest.Name, ShardMap.ShardOf(manifest.Name), ShardVersion.None, new string('x', 1 << 20)));
        Assert.InRange(Assert.Single((await StatusAsync(node)).Rejections).Reason.Length, 1, 2000);
        await cluster.Node(node).Delete();
    }

    private async Task<(string Node, FakeWorker Worker, ServiceManifest Manifest)> HoldingAsync(string stem)
    {
        string node = ClusterFixture.NewName(stem);
        FakeWorker worker = await cluster.AttachedAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest(stem, ClusterFixture.NewName("web"));
        await cluster.ApplyAsync(manifest);
        await FanoutFixture.HoldsAsync(worker, manifest.Name, _ => true);
        return (node, worker, manifest);
    }

    private async Task<Fence> ChangeAsync(ServiceManifest manifest)
    {
        ServiceManifest changed = manifest with
        {
            Spec = manifest.Spec with { Ports = ValueList.Create<ServicePortSpec>([new ServicePortSpec { Port = 81, TargetPort = IntOrString.Of(8080) }]) },
        };
        return (await cluster.Grains.GetGrain<IServiceGrain>(manifest.Name.ToString()).Apply(changed, dryRun: false)).Fence;
    }

    /// <summary>Waits until a later change, in another shard than this one, is reported as programmed: what was said before it is reported too.</summary>
    private async Task ReportedAsync(string node, FakeWorker worker, int shard)
    {
        ServiceManifest later = Enumerable.Range(0, int.MaxValue).Select(_ => ClusterFixture.Manifest("later", ClusterFixture.NewName("web")))
            .First(manifest => ShardMap.ShardOf(manifest.Name) != shard);
        await ProgrammedAsync(node, worker, (await cluster.Grains.GetGrain<IServiceGrain>(later.Name.ToString()).Apply(later, dryRun: false)).Fence);
    }

    private Task ProgrammedAsync(string node, FakeWorker worker, Fence fence) => ClusterFixture.EventuallyAsync(async () =>
    {
        await worker.PullAsync();
        return !(await QueryAsync(fence)).WaitingFor.Contains(node);
    });

    private Task<FenceProgress> QueryAsync(Fence fence) => cluster.Grains.GetGrain<IProgressGrain>(IProgressGrain.Key).Query(fence);

    private Task<VRouterStatus> StatusAsync(string node) => cluster.Grains.GetGrain<IVRouterGrain>(node).GetStatus();
}
