using Microsoft.Extensions.DependencyInjection;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Grains;
using Orleans.Storage;
using Orleans.TestingHost;

namespace Orleans.Cn2.Cluster.Tests.Subnets;

/// <summary>Two silos in this process whose default service subnet has two addresses, with a clock that tests set forward. Nodes are registered by tests alone.</summary>
public sealed class SmallClusterFixture : IAsyncLifetime
{
    private static readonly ShiftedTime Clock = new();
    private TestCluster _cluster = null!;

    internal IGrainFactory Grains => _cluster.GrainFactory;

    internal static ShiftedTime Time => Clock;

    /// <summary>The grains' store, for a second handle on what an activation believes to be alone with.</summary>
    internal IGrainStorage Storage => ((InProcessSiloHandle)_cluster.Primary!).SiloHost.Services.GetRequiredService<IGrainStorage>();

    public async ValueTask InitializeAsync()
    {
        TestClusterBuilder builder = new(initialSilosCount: 2);
        builder.AddSiloBuilderConfigurator<Silo>();
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        await ClusterFixture.EventuallyAsync(async () => await Subnet(Cn2GrainsOptions.DefaultSubnet).Get() is not null);
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    internal ISubnetGrain Subnet(string name) => Grains.GetGrain<ISubnetGrain>(name);

    /// <summary>A subnet of its own for a test: pods' purpose, so that no Service takes its addresses.</summary>
    internal async Task<ISubnetGrain> NewSubnetAsync(params string[] cidrs)
    {
        ISubnetGrain subnet = Subnet(ClusterFixture.NewName("pool"));
        await subnet.Apply(new SubnetSpec([.. cidrs.Select(cidr => IpPrefix.Parse(cidr))], SubnetPurpose.Pod));
        return subnet;
    }

    /// <summary>A claim of an owner of its own.</summary>
    internal static ClaimRequest Claim(string? address = null, IpFamily family = IpFamily.IPv4) => new(
        Guid.NewGuid(),
        Guid.NewGuid(),
        new NamespacedName("owners", ClusterFixture.NewName("owner")),
        address is null ? family : IpAddress.Parse(address).Family,
        address is null ? null : IpAddress.Parse(address));

    /// <summary>Drops every activation, as a restart of all silos does.</summary>
    internal Task DeactivateAllAsync() => ClusterFixture.DeactivateAllAsync(Grains);

    private sealed class Silo : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            FaultyStorage.AddTo(siloBuilder);
            siloBuilder.AddCn2Grains(cluster => cluster.ServiceCidrs = [IpPrefix.Parse("10.98.0.0/30")]);
            siloBuilder.Services.AddSingleton<TimeProvider>(Clock);
        }
    }
}

/// <summary>Tests that share the small cluster run one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SmallClusterTests : ICollectionFixture<SmallClusterFixture>
{
    public const string Name = "small cluster";
}
