using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>A Service with one back end on each of two nodes, of which one drains or comes and goes.</summary>
[Collection(ClusterTests.Name)]
public sealed class DrainTests(ClusterFixture cluster) : IAsyncLifetime
{
    private const string Namespace = "drains";
    private readonly string _one = ClusterFixture.NewName("drain");
    private readonly string _two = ClusterFixture.NewName("drain");
    private readonly ServiceManifest _manifest = ClusterFixture.Manifest(Namespace, ClusterFixture.NewName("web"));
    private Vmi _first = null!;
    private Vmi _second = null!;

    public async ValueTask InitializeAsync()
    {
        await cluster.RegisterNodeAsync(_one);
        await cluster.RegisterNodeAsync(_two);
        _first = await RegisterAsync(_one, 1);
        _second = await RegisterAsync(_two, 2);
        await cluster.Service(_manifest.Name).Apply(_manifest, dryRun: false);
        await StandAsync(PathState.Active, PathState.Active);
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.Service(_manifest.Name).Delete(null);
        await Node(_one).Delete();
        await Node(_two).Delete();
    }

    [Fact]
    public async Task SetDraining_OneNode_ItsPathsKeepFlowsAloneUntilItEnds()
    {
        DrainOutcome drained = await Node(_one).SetDraining(true);

        Assert.Contains(drained.Fence.Members, mark => mark.Service == _manifest.Name);
        Assert.True(drained.Node.Draining);
        await StandAsync(PathState.DrainingServing, PathState.Active);
        Assert.Equal(DrainCause.NodeDraining, (await FindAsync(_first))!.Drains);

        // Repeated, as after an answer that was lost, it answers with what to wait for all the same.
        Assert.Contains((await Node(_one).SetDraining(true)).Fence.Members, mark => mark.Service == _manifest.Name);
        Assert.False((await Node(_one).SetDraining(false)).Node.Draining);
        await StandAsync(PathState.Active, PathState.Active);
    }

    [Fact]
    public async Task SetDraining_EveryNode_TheServiceGoesOn()
    {
        await Node(_one).SetDraining(true);
        await StandAsync(PathState.DrainingServing, PathState.Active);
        await Node(_two).SetDraining(true);

        await StandAsync(PathState.Active, PathState.Active);
    }

    [Fact]
    public async Task SetDraining_NodeIsRegisteredAnewAndSilosRestart_DrainsOn()
    {
        await Node(_one).SetDraining(true);
        await cluster.RegisterNodeAsync(_one, zone: "east");
        await cluster.DeactivateAllAsync();

        Assert.True((await Node(_one).Get())!.Draining);
        await StandAsync(PathState.DrainingServing, PathState.Active);
    }

    [Fact]
    public async Task RegisterVmi_NodeDrains_TakesNoNewFlowsAndNoneAfterUpdates()
    {
        await Node(_one).SetDraining(true);
        Vmi late = await RegisterAsync(_one, 3);
        Assert.Equal(DrainCause.NodeDraining, (await FindAsync(late))!.Drains);
        await ClusterFixture.EventuallyAsync(async () => await StateOfAsync(late) == PathState.DrainingServing);

        await Node(_one).UpdateVmi(late.Uid, new Contracts.Nodes.VmiUpdate(null, null, null, 7, null));
        Assert.Equal(DrainCause.NodeDraining, (await FindAsync(late))!.Drains);
        await ClusterFixture.EventuallyAsync(async () => (await PathsAsync()).Any(path => path is { Weight: 7, State: PathState.DrainingServing }));
    }

    [Fact]
    public async Task SetDraining_UnknownNode_IsRefused() =>
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Node(ClusterFixture.NewName("nobody")).SetDraining(true));

    [Fact]
    public async Task StreamUp_AfterTheSecondLoss_IsHeldBackUntilItStood()
    {
        await Node(_one).StreamUp(1);
        await LoseAsync(1);
        await Node(_one).StreamUp(2);
        Assert.False((await Node(_one).Get())!.HeldBack);
        await StandAsync(PathState.Active, PathState.Active);

        await LoseAsync(2);
        await Node(_one).StreamUp(3);

        Contracts.Nodes.NodeView back = (await Node(_one).Get())!;
        Assert.Equal((true, false, NodePresence.Connected), (back.HeldBack, back.Draining, back.Presence));
        await StandAsync(PathState.DrainingServing, PathState.Active);
        await StandAsync(PathState.Active, PathState.Active);
        Assert.False((await Node(_one).Get())!.HeldBack);
    }

    [Fact]
    public async Task StreamUp_HeldBackAndNoOtherBackEnd_TheServiceGoesOn()
    {
        await Node(_two).DeregisterVmi(_second.Uid);
        foreach (ulong session in (ulong[])[1, 2])
        {
            await Node(_one).StreamUp(session);
            await LoseAsync(session);
        }

        await Node(_one).StreamUp(3);

        Assert.True((await Node(_one).Get())!.HeldBack);
        await ClusterFixture.EventuallyAsync(async () => await StateOfAsync(_first) == PathState.Active && (await Node(_one).Get())!.HeldBack);
    }

    [Fact]
    public async Task RegisterVmi_AfterTheSecondLapseOfItsLease_IsHeldBackUntilItKeptIt()
    {
        foreach (PathState after in (PathState[])[PathState.Active, PathState.DrainingServing])
        {
            await Node(_one).RegisterVmi(_first, leaseSeconds: 1);
            await StandAsync(PathState.Draining, PathState.Active);
            await Node(_one).RegisterVmi(_first, leaseSeconds: 3600);
            await StandAsync(after, PathState.Active);
        }

        await StandAsync(PathState.Active, PathState.Active);
    }

    private async Task LoseAsync(ulong session)
    {
        await Node(_one).StreamDown(session);
        await ClusterFixture.EventuallyAsync(async () => (await Node(_one).Get())!.Presence == NodePresence.Lost && await StateOfAsync(_first) is null);
    }

    private Task<Vmi?> FindAsync(Vmi vmi) => cluster.Grains.GetGrain<INamespaceGrain>(Namespace).Find(vmi.Name.Name);

    private Task StandAsync(PathState first, PathState second) =>
        ClusterFixture.EventuallyAsync(async () => await StateOfAsync(_first) == first && await StateOfAsync(_second) == second);

    private async Task<PathState?> StateOfAsync(Vmi vmi) =>
        (await PathsAsync()).Where(path => path.VmiId == vmi.TableId).Select(path => (PathState?)path.State).FirstOrDefault();

    // As the vRouter of the second node has them.
    private async Task<IEnumerable<EcmpPath>> PathsAsync() => (await cluster.Grains.GetGrain<IVRouterGrain>(_two).GetTables())
        .Where(table => table.Name == _manifest.Name).SelectMany(table => table.Frontends).Where(frontend => frontend.Address.Family == IpFamily.IPv4)
        .SelectMany(frontend => frontend.Paths);

    private async Task<Vmi> RegisterAsync(string node, int number)
    {
        Vmi vmi = ClusterFixture.Vmi(Namespace, ClusterFixture.NewName("pod"), _manifest.Name.Name, node, $"10.210.0.{number}", $"fdd2::{number}");
        return (await Node(node).RegisterVmi(vmi with { Labels = LabelSet.Of(("app", _manifest.Name.Name)) }, 0)).Vmi;
    }

    private INodeGrain Node(string name) => cluster.Grains.GetGrain<INodeGrain>(name);
}
