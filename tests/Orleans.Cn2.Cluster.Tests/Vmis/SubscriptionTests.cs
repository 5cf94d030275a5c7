using Orleans.Cn2.Cluster.Tests.Subnets;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Grains.Vmis;
using Orleans.Storage;

namespace Orleans.Cn2.Cluster.Tests.Vmis;

/// <summary>
/// Services subscribe to their namespace without a record. An activation that was replaced takes no subscription, because the one that replaced it would not
/// know of it.
/// </summary>
[Collection(SmallClusterTests.Name)]
public sealed class SubscriptionTests(SmallClusterFixture cluster)
{
    private const int Services = 200;
    private readonly string _name = ClusterFixture.NewName("subscribed");

    private INamespaceGrain Namespace => cluster.Grains.GetGrain<INamespaceGrain>(_name);

    [Fact]
    public async Task Select_ManyAtOnce_WriteNothing()
    {
        await Namespace.Select(Of("first"));
        FaultyStorage.Arm(0, afterwards: false);

        await Task.WhenAll(Enumerable.Range(0, Services).Select(number => Namespace.Select(Of($"service-{number}"))));

        Assert.Equal(0, FaultyStorage.Writes);
    }

    [Fact]
    public async Task Select_AnotherActivationTookOver_IsRefused()
    {
        await Namespace.List();
        GrainState<NamespaceState> stored = new() { State = new NamespaceState() };
        await cluster.Storage.ReadStateAsync("namespace", Namespace.GetGrainId(), stored);
        await cluster.Storage.WriteStateAsync("namespace", Namespace.GetGrainId(), stored);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Namespace.Select(Of("late")));

        // The next one is the last.
        await ClusterFixture.EventuallyAsync(async () =>
        {
            try
            {
                return (await Namespace.Select(Of("late"))).Vmis.IsEmpty;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        });
    }

    private SelectRequest Of(string service) => new(new NamespacedName(_name, service), LabelSet.Of(("app", "web")), []);
}
