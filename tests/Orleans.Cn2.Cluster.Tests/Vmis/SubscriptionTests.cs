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
    private readonly string _name = ClusterFixture.NewName("subscribed");

    private INamespaceGrain Namespace => cluster.Grains.GetGrain<INamespaceGrain>(_name);

    [Fact]
    public async Task Select_ManyAtOnce_ShareWrites()
    {
        await Namespace.List();
        FaultyStorage.Arm(0, afterwards: false);

        await Task.WhenAll(Requests().Select(Namespace.Select));

        Assert.InRange(FaultyStorage.Writes, 1, Services / 2);
        Assert.Equal(Services, (await StoredAsync()).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Select_WriteFails_AnswersOnlyWhatIsStored(bool afterwards)
    {
        await Namespace.List();
        SelectRequest[] requests = [.. Requests()];

        FaultyStorage.Arm(2, afterwards);
        // Each twice: a repeated request must not pass before the write that the first one waits for.
        Task<Selection>[] attempts = [.. requests.Concat(requests).Select(Namespace.Select)];
        await ((Task)Task.WhenAll(attempts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        FaultyStorage.Arm(0, false);

        Assert.Contains(attempts, attempt => attempt.IsFaulted);
        HashSet<NamespacedName> stored = await StoredAsync();
        Assert.All(
            requests.Concat(requests).Zip(attempts).Where(pair => pair.Second.IsCompletedSuccessfully),
            pair => Assert.Contains(pair.First.Service, stored));
    }

    private IEnumerable<SelectRequest> Requests() =>
        Enumerable.Range(0, Services).Select(number => new SelectRequest(new NamespacedName(_name, $"service-{number}"), LabelSet.Of(("app", "web")), []));

    private async Task<HashSet<NamespacedName>> StoredAsync()
    {
        GrainState<NamespaceState> state = new() { State = new NamespaceState() };
        await cluster.Storage.ReadStateAsync("namespace", Namespace.GetGrainId(), state);
        return state.State.Services;
    }
}
