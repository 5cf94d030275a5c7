using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

[Collection(FanoutTests.Name)]
public sealed class VRouterTests(FanoutFixture cluster)
{
    [Fact]
    public async Task Ack_ShardDistrusted_BringsASnapshotOfThatShardAlone()
    {
        string node = ClusterFixture.NewName("distrust");
        FakeWorker worker = await cluster.AttachedAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest("distrust", ClusterFixture.NewName("web"));
        await cluster.ApplyAsync(manifest);
        await FanoutFixture.HoldsAsync(worker, manifest.Name, _ => true);
        int shard = ShardMap.ShardOf(manifest.Name);
        int before = worker.Snapshots;

        await worker.DistrustAsync(shard);
        SouthboundBatch batch = await worker.PullAsync();

        Assert.Contains(batch.Updates, update => update.Shard == shard && update.Snapshot);
        Assert.Equal(before + 1, worker.Snapshots);
        Assert.Contains(worker.Tables.Values, table => table.Name == manifest.Name);
    }

    [Fact]
    public async Task Attach_WithVersionsHeld_BringsOnlyWhatChangedMeanwhile()
    {
        string node = ClusterFixture.NewName("resume");
        FakeWorker worker = await cluster.AttachedAsync(node);
        ServiceManifest first = ClusterFixture.Manifest("resume", ClusterFixture.NewName("web"));
        await cluster.ApplyAsync(first);
        await FanoutFixture.HoldsAsync(worker, first.Name, _ => true);
        int snapshots = worker.Snapshots;
        await cluster.Grains.GetGrain<IVRouterGrain>(node).Detach(worker.Session);

        ServiceManifest second = ClusterFixture.Manifest("resume", ClusterFixture.NewName("web"));
        await cluster.ApplyAsync(second);
        await worker.AttachAsync(boot: 1);
        await FanoutFixture.HoldsAsync(worker, second.Name, _ => true);

        Assert.Equal(snapshots, worker.Snapshots);
    }

    [Fact]
    public async Task Programmed_OnceTheWorkerWasWelcomed_WaitsForIt()
    {
        string node = ClusterFixture.NewName("welcome");
        FakeWorker worker = await cluster.AttachedAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest("welcome", ClusterFixture.NewName("web"));
        Fence fence = (await cluster.Grains.GetGrain<IServiceGrain>(manifest.Name.ToString()).Apply(manifest, dryRun: false)).Fence;
        IProgressGrain progress = cluster.Grains.GetGrain<IProgressGrain>(IProgressGrain.Key);

        Assert.Contains(node, (await progress.Query(fence)).WaitingFor);

        await FanoutFixture.HoldsAsync(worker, manifest.Name, _ => true);
        await ClusterFixture.EventuallyAsync(async () => !(await progress.Query(fence)).WaitingFor.Contains(node));
        await cluster.Node(node).Delete();
    }

    [Fact]
    public async Task Query_NodeThatNeverHadAWorker_HoldsNothingBack()
    {
        string external = ClusterFixture.NewName("external");
        await cluster.Node(external).Register(new NodeSpec([IpAddress.Parse("172.18.0.9")], null, [], LabelSet.Empty, LabelSet.Empty));
        IProgressGrain progress = cluster.Grains.GetGrain<IProgressGrain>(IProgressGrain.Key);
        int registered = (await cluster.Grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory()).Nodes.Length;

        Assert.InRange((await progress.GetFloor()).Registered, 0, registered - 1);
        await cluster.Node(external).Delete();
    }

    [Fact]
    public async Task Register_NodesZoneChanges_CompilesWhatDependsOnIt()
    {
        string node = ClusterFixture.NewName("zone");
        string other = ClusterFixture.NewName("zone");
        FakeWorker worker = await cluster.AttachedAsync(node, zone: "east");
        await cluster.Node(other).Register(new NodeSpec([IpAddress.Parse("172.18.0.8")], "west", [], LabelSet.Empty, LabelSet.Empty));
        string app = ClusterFixture.NewName("web");
        await cluster.Node(node).RegisterVmi(ClusterFixture.Vmi("zones", ClusterFixture.NewName("pod"), app, node, "10.200.0.1", "fdc8::1"), 0);
        await cluster.Node(other).RegisterVmi(ClusterFixture.Vmi("zones", ClusterFixture.NewName("pod"), app, other, "10.200.0.2", "fdc8::2"), 0);
        ServiceManifest manifest = ClusterFixture.Manifest("zones", app);
        await cluster.ApplyAsync(manifest with { Spec = manifest.Spec with { TrafficDistribution = "PreferClose" } });
        await FanoutFixture.HoldsAsync(worker, manifest.Name, table => Active(table).SequenceEqual([IpAddress.Parse("10.200.0.1")]));

        await cluster.Node(other).Register(new NodeSpec([IpAddress.Parse("172.18.0.8")], "east", [], LabelSet.Empty, LabelSet.Empty));

        await FanoutFixture.HoldsAsync(worker, manifest.Name, table => Active(table).Count() == 2);
    }

    [Fact]
    public async Task Read_VersionOfAHigherEpoch_IsNotAnsweredByTheOlderActivation()
    {
        ICatalogGrain shard = cluster.Grains.GetGrain<ICatalogGrain>(0);
        await ClusterFixture.EventuallyAsync(async () => (await shard.GetStatus()).Ready);
        ShardVersion version = (await shard.GetStatus()).Version;

        Assert.False((await shard.Read(new ShardVersion(version.Epoch + 1, 0), 10, TimeSpan.Zero)).Ready);

        await ClusterFixture.EventuallyAsync(async () => (await shard.GetStatus()) is { Ready: true } status && status.Version.Epoch > version.Epoch);
    }

    [Fact]
    public async Task Detach_WhileTheNodeIsLookedAt_TellsTheNodeNoMoreThatTheStreamStands()
    {
        string node = ClusterFixture.NewName("ended");
        FakeWorker worker = await cluster.AttachedAsync(node);
        IVRouterGrain vrouter = cluster.Grains.GetGrain<IVRouterGrain>(node);
        FanoutFixture.HeldCall looked = FanoutFixture.HeldCalls.Hold(call => call.TargetId.Key.ToString() == node, nameof(INodeGrain.Get), answers: false);
        await looked.Arrived;

        await vrouter.Detach(worker.Session);
        looked.LetGo();
        await ClusterFixture.EventuallyAsync(async () => (await cluster.Node(node).Get())!.Presence == NodePresence.Lost);

        Assert.DoesNotContain(nameof(INodeGrain.StreamUp), looked.Seen.SkipWhile(called => called != nameof(INodeGrain.StreamDown)));
        await cluster.Node(node).Delete();
    }

    [Fact]
    public async Task StreamDown_NodeLost_ItsVmisAreStillRegistered()
    {
        string node = ClusterFixture.NewName("lost");
        FakeWorker worker = await cluster.AttachedAsync(node);
        string app = ClusterFixture.NewName("web");
        Vmi vmi = ClusterFixture.Vmi("lost", ClusterFixture.NewName("pod"), app, node, "10.201.0.1", "fdc9::1");
        await cluster.Node(node).RegisterVmi(vmi, 0);
        await cluster.Grains.GetGrain<IVRouterGrain>(node).Detach(worker.Session);
        await ClusterFixture.EventuallyAsync(async () => (await cluster.Node(node).Get())!.Presence == NodePresence.Lost);
        INamespaceGrain ns = cluster.Grains.GetGrain<INamespaceGrain>("lost");

        Assert.Equal(vmi.Uid, (await ns.Find(vmi.Name.Name))?.Uid);
        ServiceManifest manifest = ClusterFixture.Manifest("lost", app);

        // The node says that it is lost before its namespaces know it.
        await ClusterFixture.EventuallyAsync(async () => (await ns.Select(new SelectRequest(manifest.Name, vmi.Labels, []))).Vmis.IsEmpty);

        await cluster.Node(node).DeregisterVmi(vmi.Uid);
        Assert.Null(await ns.Find(vmi.Name.Name));
        await cluster.Node(node).Delete();
    }

    [Fact]
    public async Task RegisterVmi_LeaseNotRenewed_DrainsUntilItIs()
    {
        string node = ClusterFixture.NewName("lease");
        FakeWorker worker = await cluster.AttachedAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest("lease", ClusterFixture.NewName("web"));
        Vmi vmi = ClusterFixture.Vmi("lease", ClusterFixture.NewName("pod"), manifest.Name.Name, node, "10.202.0.1", "fdca::1");
        await cluster.Node(node).RegisterVmi(vmi, leaseSeconds: 1);
        await cluster.ApplyAsync(manifest);

        await FanoutFixture.HoldsAsync(worker, manifest.Name, table => table.Frontends[0].Paths is [{ State: PathState.Draining }]);
        await cluster.Node(node).RegisterVmi(vmi, leaseSeconds: 3600);
        await FanoutFixture.HoldsAsync(worker, manifest.Name, table => table.Frontends[0].Paths is [{ State: PathState.Active }]);
    }

    [Fact]
    public async Task DeregisterVmi_VmiMovedToAnotherNode_LeavesItThere()
    {
        string from = ClusterFixture.NewName("move");
        string to = ClusterFixture.NewName("move");
        foreach (string node in (string[])[from, to])
        {
            await cluster.Node(node).Register(new NodeSpec([IpAddress.Parse("172.18.0.7")], null, [], LabelSet.Empty, LabelSet.Empty));
        }

        Vmi vmi = ClusterFixture.Vmi("move", ClusterFixture.NewName("vm"), "x", from, "10.203.0.1", "fdcb::1");
        await cluster.Node(from).RegisterVmi(vmi, 0);
        await cluster.Node(to).RegisterVmi(vmi with { Node = to }, 0);

        try
        {
            await cluster.Node(from).DeregisterVmi(vmi.Uid);
        }
        catch (ObjectNotFoundException)
        {
            // It has forgotten the VMI by now.
        }

        Assert.Equal(to, (await cluster.Grains.GetGrain<INamespaceGrain>("move").Find(vmi.Name.Name))?.Node);
        Assert.Equal(to, (await cluster.Grains.GetGrain<IVmiAddressGrain>("10.203.0.1").GetOwner())?.Node);
    }

    private static IEnumerable<IpAddress> Active(ServiceTable table) =>
        table.Frontends.Where(frontend => frontend.Address.Family == IpFamily.IPv4)
            .SelectMany(frontend => frontend.Paths.Where(path => path.State == PathState.Active)).Select(path => path.Address);
}
