using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

[Collection(ClusterTests.Name)]
public sealed class ConvergenceTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Pull_ServiceWithBackEnds_BringsItsPathsAndTheFenceIsReached()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        FakeWorker worker = await AttachedAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest("converge", ClusterFixture.NewName("web"));
        await RegisterAsync(ClusterFixture.Vmi("converge", ClusterFixture.NewName("pod"), manifest.Name.Name, node, "10.1.0.1", "fd01::1"));

        ApplyOutcome applied = await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);
        await HoldsAsync(worker, applied.View.Uid, table => table.Frontends.Length == 2 && table.Frontends.All(frontend => frontend.Paths.Length == 1));

        await ClusterFixture.EventuallyAsync(async () =>
        {
            await worker.PullAsync();
            FenceProgress progress = await cluster.Grains.GetGrain<IProgressGrain>(IProgressGrain.Key).Query(applied.Fence);
            return !progress.WaitingFor.Contains(node);
        });
        await EndAsync(node, worker);
    }

    [Fact]
    public async Task Pull_VmiTerminatesAndGoes_DrainsThenLeaves()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        FakeWorker worker = await AttachedAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest("converge", ClusterFixture.NewName("web"));
        Vmi stays = ClusterFixture.Vmi("converge", ClusterFixture.NewName("pod"), manifest.Name.Name, node, "10.2.0.1", "fd02::1");
        Vmi goes = ClusterFixture.Vmi("converge", ClusterFixture.NewName("pod"), manifest.Name.Name, node, "10.2.0.2", "fd02::2");
        await RegisterAsync(stays);
        await RegisterAsync(goes);
        Guid uid = (await cluster.Service(manifest.Name).Apply(manifest, dryRun: false)).View.Uid;
        await HoldsAsync(worker, uid, table => table.Frontends[0].Paths.Length == 2);

        await cluster.Grains.GetGrain<INodeGrain>(node).UpdateVmi(goes.Uid, new Contracts.Nodes.VmiUpdate(null, null, true, null, null));
        await HoldsAsync(worker, uid, table => table.Frontends[0].Paths.Count(path => path.State == PathState.DrainingServing) == 1);
        await cluster.Grains.GetGrain<INodeGrain>(node).DeregisterVmi(goes.Uid);
        await HoldsAsync(worker, uid, table => table.Frontends[0].Paths is [{ State: PathState.Active }]);
        await EndAsync(node, worker);
    }

    [Fact]
    public async Task Pull_EveryGrainRestarted_NeedsNoSnapshotOfWhatIsTheSame()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        FakeWorker worker = await AttachedAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest("converge", ClusterFixture.NewName("web"));
        Guid uid = (await cluster.Service(manifest.Name).Apply(manifest, dryRun: false)).View.Uid;
        await HoldsAsync(worker, uid, _ => true);
        int snapshots = worker.Snapshots;

        await cluster.DeactivateAllAsync();
        await worker.AttachAsync(boot: 2);
        ServiceManifest later = ClusterFixture.Manifest("converge", ClusterFixture.NewName("later"));
        Guid laterUid = (await cluster.Service(later.Name).Apply(later, dryRun: false)).View.Uid;
        await HoldsAsync(worker, laterUid, _ => true);

        Assert.True(worker.Tables.ContainsKey(uid));
        Assert.InRange(worker.Snapshots - snapshots, 0, 1);
        await EndAsync(node, worker);
    }

    [Fact]
    public async Task Attach_HigherBoot_SupersedesTheOlderWorker()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        FakeWorker older = await AttachedAsync(node);
        FakeWorker newer = new(cluster.Grains.GetGrain<IVRouterGrain>(node));

        Assert.Equal(AttachRefusal.None, (await newer.AttachAsync(boot: 2)).Refusal);

        Assert.True((await older.PullAsync()).Goodbye?.Superseded);
        Assert.Equal(AttachRefusal.Superseded, (await older.AttachAsync(boot: 1)).Refusal);
        await EndAsync(node, newer);
    }

    [Fact]
    public async Task Attach_UnknownNode_IsRefused()
    {
        FakeWorker worker = new(cluster.Grains.GetGrain<IVRouterGrain>(ClusterFixture.NewName("stranger")));

        Assert.Equal(AttachRefusal.UnknownNode, (await worker.AttachAsync(boot: 1)).Refusal);
    }

    [Fact]
    public async Task StreamDown_LongerThanTheGrace_TakesTheNodesVmisOutOfEcmp()
    {
        string lost = ClusterFixture.NewName("node");
        string other = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(lost);
        await cluster.RegisterNodeAsync(other);
        FakeWorker leaving = await AttachedAsync(lost);
        FakeWorker watching = await AttachedAsync(other);
        ServiceManifest manifest = ClusterFixture.Manifest("converge", ClusterFixture.NewName("web"));
        await RegisterAsync(ClusterFixture.Vmi("converge", ClusterFixture.NewName("pod"), manifest.Name.Name, lost, "10.3.0.1", "fd03::1"));
        Guid uid = (await cluster.Service(manifest.Name).Apply(manifest, dryRun: false)).View.Uid;
        await HoldsAsync(watching, uid, table => table.Frontends[0].Paths.Length == 1);

        await cluster.Grains.GetGrain<IVRouterGrain>(lost).Detach(leaving.Session);
        await HoldsAsync(watching, uid, table => table.Frontends[0].Paths.IsEmpty);
        await leaving.AttachAsync(boot: 1);
        await HoldsAsync(watching, uid, table => table.Frontends[0].Paths.Length == 1);
        await EndAsync(lost, leaving);
        await EndAsync(other, watching);
    }

    private async Task<FakeWorker> AttachedAsync(string node)
    {
        FakeWorker worker = new(cluster.Grains.GetGrain<IVRouterGrain>(node));
        Assert.Equal(AttachRefusal.None, (await worker.AttachAsync(boot: 1)).Refusal);
        return worker;
    }

    private Task<Contracts.Nodes.VmiOutcome> RegisterAsync(Vmi vmi) => cluster.Grains.GetGrain<INodeGrain>(vmi.Node).RegisterVmi(vmi, 0);

    private static Task HoldsAsync(FakeWorker worker, Guid service, Func<ServiceTable, bool> expected) => ClusterFixture.EventuallyAsync(async () =>
    {
        await worker.PullAsync();
        return worker.Tables.TryGetValue(service, out ServiceTable? table) && expected(table);
    });

    // A node that stays registered without a worker would hold back every later release.
    private async Task EndAsync(string node, FakeWorker worker)
    {
        await cluster.Grains.GetGrain<IVRouterGrain>(node).Detach(worker.Session);
        await cluster.Grains.GetGrain<INodeGrain>(node).Delete();
    }
}
