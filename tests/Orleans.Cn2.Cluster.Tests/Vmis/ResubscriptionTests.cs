using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Cn2.Grains.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Vmis;

/// <summary>A namespace finds its Services again: when it starts on their shards' lists, later by the shards' audits.</summary>
[Collection(ClusterTests.Name)]
public sealed class ResubscriptionTests(ClusterFixture cluster)
{
    private readonly string _name = ClusterFixture.NewName("resubscribed");

    private INamespaceGrain Namespace => cluster.Grains.GetGrain<INamespaceGrain>(_name);

    [Fact]
    public async Task Activate_AfterARestart_FindsItsServicesOnTheShardsLists()
    {
        IServiceGrain service = await CreateAsync("web");

        await cluster.DeactivateAllAsync();

        NamespaceChange change = await Namespace.Upsert(Web());
        Assert.Equal([new NamespacedName(_name, "web")], change.Touched);
        await service.Delete(null);
        Assert.Empty((await Namespace.Upsert(Web())).Touched);
    }

    [Fact]
    public async Task Recall_ServiceThatIsNotSubscribed_SubscribesIt()
    {
        IServiceGrain service = await CreateAsync("web");

        // By its first change a namespace has found all of its Services.
        await Namespace.Remove("nowhere", Guid.NewGuid());
        await Namespace.Unsubscribe(new NamespacedName(_name, "web"));
        Assert.Empty((await Namespace.Upsert(Web())).Touched);

        await Namespace.Recall(new NamespacedName(_name, "web"));

        await ClusterFixture.EventuallyAsync(async () => (await Namespace.Upsert(Web())).Touched.Length == 1);
        await service.Delete(null);
    }

    [Fact]
    public async Task Upsert_OneServiceCanNotBeRead_TellsThatOneOfEveryChangeUntilItCan()
    {
        IServiceGrain service = await CreateAsync("web");
        try
        {
            FaultyStorage.Unreadable = $"{_name}/web";
            await cluster.DeactivateAllAsync();

            Assert.Equal([new NamespacedName(_name, "web")], (await Namespace.Upsert(Other())).Touched);
        }
        finally
        {
            FaultyStorage.Unreadable = null;
        }

        await ClusterFixture.EventuallyAsync(async () => (await Namespace.Upsert(Other())).Touched.IsEmpty);
        Assert.Equal([new NamespacedName(_name, "web")], (await Namespace.Upsert(Web())).Touched);
        await service.Delete(null);
    }

    [Fact]
    public async Task Audit_OneServiceOfTheShardNeverReports_LooksAfterTheOthers()
    {
        IServiceGrain silent = await CreateAsync("web");
        int shard = ShardMap.ShardOf(new NamespacedName(_name, "web"));
        NamespacedName other = Enumerable.Range(0, 10_000).Select(i => new NamespacedName(_name, $"other-{i}")).First(name => ShardMap.ShardOf(name) == shard);
        IServiceGrain cared = await CreateAsync(other.Name);
        ICatalogGrain catalog = cluster.Grains.GetGrain<ICatalogGrain>(shard);
        try
        {
            FaultyStorage.Unreadable = $"{_name}/web";
            await cluster.DeactivateAllAsync();
            await Namespace.Remove("nowhere", Guid.NewGuid());
            await ClusterFixture.EventuallyAsync(async () => await catalog.GetStatus() is { Ready: false } status && status.Reported == status.Listed - 1);
            await Namespace.Unsubscribe(other);

            await ClusterFixture.EventuallyAsync(async () => (await Namespace.Upsert(Pod(other.Name))).Touched.Contains(other));
        }
        finally
        {
            FaultyStorage.Unreadable = null;
        }

        await ClusterFixture.EventuallyAsync(async () => (await catalog.GetStatus()).Ready);
        await Task.WhenAll(silent.Delete(null), cared.Delete(null));
    }

    [Fact]
    public async Task ListOf_Namespace_NamesItsServicesAlone()
    {
        IServiceGrain service = await CreateAsync("web");
        NamespacedName name = new(_name, "web");
        ICatalogGrain shard = cluster.Grains.GetGrain<ICatalogGrain>(ShardMap.ShardOf(name));

        Assert.Equal([name], await shard.ListOf(_name));
        Assert.Empty(await shard.ListOf(_name + "x"));
        await service.Delete(null);
        Assert.Empty(await shard.ListOf(_name));
    }

    [Fact]
    public void IsSettled_WhileServicesComeByThemselves_IsFalseForSomePeriods()
    {
        SelectorIndex index = new();
        Resubscription coming = new(_name, cluster.Grains, index, new Pace(), _ => { }, NullLogger.Instance);
        Come(1);
        Assert.False(coming.IsSettled());
        Come(2);
        Assert.False(coming.IsSettled());
        Assert.True(coming.IsSettled());

        Resubscription never = new(_name, cluster.Grains, index, new Pace(), _ => { }, NullLogger.Instance);
        int periods = 1;
        for (; !never.IsSettled(); periods++)
        {
            Come(10 + periods);
        }

        Assert.Equal(15, periods);
        Assert.True(new Resubscription(_name, cluster.Grains, new SelectorIndex(), new Pace(), _ => { }, NullLogger.Instance).IsSettled());

        void Come(int number) => index.Set(new SelectRequest(new NamespacedName(_name, $"web-{number}"), LabelSet.Of(("app", "web")), []));
    }

    private async Task<IServiceGrain> CreateAsync(string name)
    {
        ServiceManifest manifest = ClusterFixture.Manifest(_name, name);
        IServiceGrain service = cluster.Service(manifest.Name);
        await service.Apply(manifest, dryRun: false);
        return service;
    }

    private Vmi Web() => Pod("web");

    private Vmi Other() => Pod("other");

    private Vmi Pod(string app) => ClusterFixture.Vmi(_name, "pod", app, "nowhere", "10.244.9.7", "fd00:244:9::7");
}
