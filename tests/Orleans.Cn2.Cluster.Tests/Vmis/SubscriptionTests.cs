using Orleans.Cn2.Cluster.Tests.Subnets;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Grains.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Vmis;

/// <summary>Services subscribe to their namespace: durable before they are answered, and many with few writes.</summary>
[Collection(SmallClusterTests.Name)]
public sealed class SubscriptionTests(SmallClusterFixture cluster)
{
    private const int Services = 200;

    [Fact]
    public async Task Select_ManyAtOnce_ShareWrites()
    {
        string name = ClusterFixture.NewName("subscribed");
        INamespaceGrain ns = cluster.Grains.GetGrain<INamespaceGrain>(name);
        await ns.List();
        FaultyStorage.Arm(0, afterwards: false);

        await Task.WhenAll(Enumerable.Range(0, Services).Select(
            number => ns.Select(new SelectRequest(new NamespacedName(name, $"service-{number}"), LabelSet.Of(("app", "web")), []))));

        Assert.InRange(FaultyStorage.Writes, 1, Services / 2);
        GrainState<NamespaceState> stored = new() { State = new NamespaceState() };
        await cluster.Storage.ReadStateAsync("namespace", ns.GetGrainId(), stored);
        Assert.Equal(Services, stored.State.Services.Count);
    }
}
