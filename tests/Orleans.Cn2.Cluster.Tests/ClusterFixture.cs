using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains;
using Orleans.Core.Internal;
using Orleans.TestingHost;
using NodeView = Orleans.Cn2.Contracts.Nodes.NodeView;

namespace Orleans.Cn2.Cluster.Tests;

/// <summary>Two silos in this process over one store, shared by the tests of the collection; each test uses names of its own.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static int _names;
    private TestCluster _cluster = null!;

    internal IGrainFactory Grains => _cluster.GrainFactory;

    public async ValueTask InitializeAsync()
    {
        TestClusterBuilder builder = new(initialSilosCount: 2);
        builder.AddSiloBuilderConfigurator<Silo>();
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        await EventuallyAsync(async () =>
        {
            ShardStatus[] shards = await Task.WhenAll(Enumerable.Range(0, ShardMap.Shards).Select(shard => Grains.GetGrain<ICatalogGrain>(shard).GetStatus()));
            return shards.All(shard => shard.Ready) && await Grains.GetGrain<ISubnetGrain>(Cn2GrainsOptions.DefaultSubnet).Get() is not null;
        });
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>A name that no other test has.</summary>
    internal static string NewName(string stem) => $"{stem}-{Interlocked.Increment(ref _names)}";

    /// <summary>A dual-stack Service on port 80 that selects <c>app=NAME</c>.</summary>
    internal static ServiceManifest Manifest(string ns, string name, string policy = "PreferDualStack") => new()
    {
        Name = new NamespacedName(ns, name),
        Spec = new ServiceSpec
        {
            IpFamilyPolicy = policy,
            Selector = LabelSet.Of(("app", name)),
            Ports = ValueList.Create<ServicePortSpec>([new ServicePortSpec { Port = 80, TargetPort = IntOrString.Of(8080) }]),
        },
    };

    /// <summary>A VMI that carries <c>app=APP</c>.</summary>
    internal static Vmi Vmi(string ns, string name, string app, string node, string v4, string v6) => new()
    {
        Name = new NamespacedName(ns, name),
        Uid = Guid.NewGuid(),
        Labels = LabelSet.Of(("app", app)),
        Node = node,
        Addresses = ValueList.Create<IpAddress>([IpAddress.Parse(v4), IpAddress.Parse(v6)]),
    };

    internal IServiceGrain Service(NamespacedName name) => Grains.GetGrain<IServiceGrain>(name.ToString());

    /// <summary>Registers a node with its own addresses.</summary>
    internal Task<NodeView> RegisterNodeAsync(string name, string? zone = null) => Grains.GetGrain<INodeGrain>(name).Register(
        new NodeSpec([IpAddress.Parse("172.18.0.2")], zone, [], LabelSet.Empty, LabelSet.Empty));

    /// <summary>Drops every activation, as a restart of all silos does.</summary>
    internal Task DeactivateAllAsync() => DeactivateAllAsync(Grains);

    /// <summary>Ends the activation of every grain of ours; whoever calls one next meets a new activation that knows only what is stored.</summary>
    internal static async Task DeactivateAllAsync(IGrainFactory grains)
    {
        DetailedGrainStatistic[] activations = await grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();

        // One that failed to start answers with its failure, and is gone as well.
        await Task.WhenAll(activations
            .Where(activation => activation.GrainType.Contains("Orleans.Cn2", StringComparison.Ordinal))
            .Select(activation => grains.GetGrain<IGrainManagementExtension>(activation.GrainId).DeactivateOnIdle().AsTask()))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Leases of the default subnet that a Service owns.</summary>
    internal async Task<LeaseView[]> LeasesAsync(NamespacedName owner, string subnet = Cn2GrainsOptions.DefaultSubnet)
    {
        LeasePage page = await Grains.GetGrain<ISubnetGrain>(subnet).ListLeases(default, 100_000);
        return [.. page.Leases.Where(lease => lease.Owner == owner)];
    }

    /// <summary>Waits until a condition holds, trying again whenever the cluster may have moved on; fails after a bound.</summary>
    internal static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource limit = new(Limit);
        using PeriodicTimer pause = new(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            try
            {
                await pause.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"the condition did not hold within {Limit.TotalSeconds} s");
            }
        }
    }

    private sealed class Silo : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            FaultyStorage.AddTo(siloBuilder);
            siloBuilder.AddOutgoingGrainCallFilter<FaultyCalls>();
            siloBuilder.AddCn2Grains(cluster =>
            {
                cluster.ServiceCidrs = [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/108")];
                cluster.NodeGrace = TimeSpan.FromMilliseconds(500);
                cluster.FlapHold = TimeSpan.FromSeconds(2);
            });
        }
    }
}

/// <summary>Tests that share the two silos run one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterTests : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}
