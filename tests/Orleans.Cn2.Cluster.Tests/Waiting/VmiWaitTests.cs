using Orleans.Cn2.Api.Waiting;
using Orleans.Cn2.Cluster.Tests.VRouters;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Vmis;
using VmiOutcome = Orleans.Cn2.Contracts.Nodes.VmiOutcome;
using VmiUpdate = Orleans.Cn2.Contracts.Nodes.VmiUpdate;
using WaitVmiRequest = Orleans.Cn2.Protocol.V1.WaitVmiRequest;
using WaitVmiResponse = Orleans.Cn2.Protocol.V1.WaitVmiResponse;

namespace Orleans.Cn2.Cluster.Tests.Waiting;

/// <summary>The life of VMIs in a rolling update, against three workers: available, terminating, drained.</summary>
[Collection(FanoutTests.Name)]
public sealed class VmiWaitTests(FanoutFixture cluster) : IAsyncLifetime
{
    private const string Namespace = "rollouts";
    private const double Long = 60;
    private const double Short = 0.3;
    private static int _addresses;
    private readonly VmiWaiter _waiter = new(cluster.Grains, TimeProvider.System);
    private readonly ServiceManifest _manifest = ClusterFixture.Manifest(Namespace, ClusterFixture.NewName("web"));
    private LiveWorkers _workers = null!;
    private Vmi _old = null!;

    public async ValueTask InitializeAsync()
    {
        _workers = await LiveWorkers.StartAsync(cluster, 3);
        _old = await RegisterAsync(_workers.Nodes[0]);
        await cluster.ApplyAsync(_manifest);
        Met(await WaitAsync(_old, "Available", Long));
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.Grains.GetGrain<IServiceGrain>(_manifest.Name.ToString()).Delete(null);
        await _workers.DisposeAsync();
    }

    [Fact]
    public async Task RollingUpdate_OneForOne_AvailableThenDrained()
    {
        _workers[1].Holds = true;
        Vmi next = await RegisterAsync(_workers.Nodes[1]);
        WaitVmiResponse lacking = await WaitAsync(next, "Available", Short);
        Assert.Equal((false, 2, 3), (lacking.Met, lacking.Status.Reached, lacking.Status.Live));
        Assert.Equal([$"{_workers.Nodes[1]}: lacks the tables"], lacking.Status.UnavailableBecause);
        Met(await WaitAsync(next, "Available", Long, percent: 66));
        Assert.False((await WaitAsync(next, "Available", Short, percent: 67)).Met);
        _workers[1].Holds = false;
        Met(await WaitAsync(next, "Available", Long));

        // The old one takes new flows until it is told to end, and has flows until they ended.
        Assert.Equal([$"{_manifest.Name} gives it new flows"], (await WaitAsync(_old, "Drained", Short)).Status.UndrainedBecause);
        _workers[2].Flows = [Flow(_old), Flow(_old) with { Fin = true }, Flow(_old) with { TargetPort = 9999 }, Flow(_old) with { Rst = true }];
        await TerminateAsync(_old);
        WaitVmiResponse busy = await WaitAsync(_old, "Drained", 1);
        Assert.Equal([$"{_workers.Nodes[2]}: 2 flows"], busy.Status.UndrainedBecause);
        Assert.Equal(2, busy.Status.Flows);
        Assert.Equal([$"{_manifest.Name} gives it no new flows: it terminates"], busy.Status.UnavailableBecause);

        Task<WaitVmiResponse> drained = WaitAsync(_old, "Drained", Long);
        _workers[2].Flows = [Flow(_old) with { Fin = true, Idle = TimeSpan.FromSeconds(3) }];
        Met(await drained);
        await cluster.Node(_old.Node).DeregisterVmi(_old.Uid);
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => WaitAsync(_old, "Drained", Short));
    }

    [Fact]
    public async Task Drained_TheOnlyOne_TakesNewFlowsThoughItTerminates()
    {
        await TerminateAsync(_old);
        Assert.Equal([$"{_manifest.Name} gives it new flows"], (await WaitAsync(_old, "Drained", Short)).Status.UndrainedBecause);

        await RegisterAsync(_workers.Nodes[1]);

        Met(await WaitAsync(_old, "Drained", Long));
    }

    [Fact]
    public async Task Drained_AWorkerLacksTheTables_WaitsForItBeforeFlowsAreCounted()
    {
        await RegisterAsync(_workers.Nodes[1]);
        _workers[2].Holds = true;
        await TerminateAsync(_old);
        Assert.Equal([$"{_workers.Nodes[2]}: lacks the tables"], (await WaitAsync(_old, "Drained", 1)).Status.UndrainedBecause);

        Task<WaitVmiResponse> drained = WaitAsync(_old, "Drained", Long);
        _workers[2].Holds = false;
        Met(await drained);
    }

    [Fact]
    public async Task Drained_AWorkerIsAway_MayHaveFlowsUntilItsNodeIsLost()
    {
        await RegisterAsync(_workers.Nodes[1]);
        await TerminateAsync(_old);
        Met(await WaitAsync(_old, "Drained", Long));

        await _workers.LeaveAsync(2);
        Assert.Equal([$"{_workers.Nodes[2]}: its worker is away"], (await WaitAsync(_old, "Drained", Short)).Status.UndrainedBecause);

        // After the grace of 3 s.
        Met(await WaitAsync(_old, "Drained", Long));
        Assert.Equal(NodePresence.Lost, (await cluster.Node(_workers.Nodes[2]).Get())!.Presence);
    }

    [Fact]
    public async Task Drained_NodeDrains_EachOfItsVmisIs()
    {
        Vmi stays = await RegisterAsync(_workers.Nodes[1]);
        Met(await WaitAsync(stays, "Available", Long));
        await cluster.Node(_old.Node).SetDraining(true);

        Met(await WaitAsync(_old, "Drained", Long));
        Met(await WaitAsync(stays, "Available", Long));
        Assert.Equal(
            [$"{_manifest.Name} gives it no new flows: its node {_old.Node} drains"], (await WaitAsync(_old, "Available", Short)).Status.UnavailableBecause);
    }

    [Fact]
    public async Task Drained_NoLongerSelected_WaitsUntilTheServiceLeftIt()
    {
        // The Service asked for its members once, before it had any: only the VMI's last change tells that it concerned this Service.
        FanoutFixture.LossyHints.Lost["MembersChanged"] = true;
        try
        {
            await cluster.Node(_old.Node).UpdateVmi(_old.Uid, new VmiUpdate(null, null, null, null, LabelSet.Empty));
            Assert.Equal([$"{_manifest.Name} has not published its last change"], (await WaitAsync(_old, "Drained", Short)).Status.UndrainedBecause);
        }
        finally
        {
            FanoutFixture.LossyHints.Lost.Clear();
        }

        WaitVmiResponse drained = await WaitAsync(_old, "Drained", Long);
        Met(drained);
        Assert.Equal(["no Service selects it"], drained.Status.UnavailableBecause);
    }

    [Fact]
    public async Task Available_NamespaceGrainStartsAnew_IsFoundAgain()
    {
        await FanoutFixture.EndAsync(cluster.Grains.GetGrain<Contracts.Namespaces.INamespaceGrain>(Namespace));

        Met(await WaitAsync(_old, "Available", Long));
    }

    private static void Met(WaitVmiResponse answer) => Assert.True(answer.Met, answer.Status.ToString());

    private static FlowAnswer Flow(Vmi vmi) => new(
        TransportProtocol.Tcp, IpAddress.Parse("192.0.2.9"), 40000, IpAddress.Parse("10.96.0.1"), 80, vmi.AddressOf(IpFamily.IPv4), 8080,
        IpAddress.Parse("192.0.2.9"), 40000, true, false, false, TimeSpan.FromSeconds(1));

    private async Task<Vmi> RegisterAsync(string node)
    {
        int number = Interlocked.Increment(ref _addresses);
        Vmi vmi = ClusterFixture.Vmi(Namespace, ClusterFixture.NewName("pod"), _manifest.Name.Name, node, $"10.212.0.{number}", $"fdd4::{number}");
        return (await cluster.Node(node).RegisterVmi(vmi, 0)).Vmi;
    }

    private Task<VmiOutcome> TerminateAsync(Vmi vmi) => cluster.Node(vmi.Node).UpdateVmi(vmi.Uid, new VmiUpdate(null, null, true, null, null));

    private Task<WaitVmiResponse> WaitAsync(Vmi vmi, string condition, double seconds, uint percent = 0) => _waiter.WaitAsync(
        vmi.Name,
        vmi.Uid,
        new WaitVmiRequest { Condition = condition, TimeoutSeconds = seconds, Percent = percent },
        TestContext.Current.CancellationToken);
}
