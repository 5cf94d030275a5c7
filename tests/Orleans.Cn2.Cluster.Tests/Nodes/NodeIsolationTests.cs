using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>A namespace that can't be reached keeps a node from nothing that does not concern it.</summary>
[Collection(ClusterTests.Name)]
public sealed class NodeIsolationTests(ClusterFixture cluster) : IAsyncLifetime
{
    private readonly string _node = ClusterFixture.NewName("isolated");

    private string Broken => $"{_node}-broken";

    private string Sound => $"{_node}-sound";

    private INodeGrain Node => cluster.Grains.GetGrain<INodeGrain>(_node);

    public async ValueTask InitializeAsync()
    {
        await cluster.RegisterNodeAsync(_node);
        await Node.RegisterVmi(ClusterFixture.Vmi(Sound, "pod", "x", _node, "10.9.6.2", "fd09::62"), 1);

        // The last that was stored, so that the next activation begins with telling it.
        await Node.RegisterVmi(ClusterFixture.Vmi(Broken, "pod", "x", _node, "10.9.6.1", "fd09::61"), 0);
        FaultyStorage.Unreadable = Broken;
        await cluster.DeactivateAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        FaultyStorage.Unreadable = null;
        await ClusterFixture.EventuallyAsync(async () =>
        {
            try
            {
                return await FindAsync(Broken) is not null;
            }
            catch (OrleansException)
            {
                // Of the activation that just failed.
                return false;
            }
        });
        await Node.Delete();
    }

    [Fact]
    public Task Check_OneNamespaceCanNotBeTold_LeasesOfTheOthersRunOut() => ClusterFixture.EventuallyAsync(
        async () => await FindAsync(Sound) is { Conditions.Ready: false });

    [Fact]
    public async Task Check_OneNamespaceCanNotBeTold_TheNodeIsLostAndTheOthersLearnIt()
    {
        await Node.StreamUp(1);
        await Node.StreamDown(1);

        await ClusterFixture.EventuallyAsync(async () => (await Node.Get())!.Presence == NodePresence.Lost);
        await ClusterFixture.EventuallyAsync(async () =>
            (await cluster.Grains.GetGrain<INamespaceGrain>(Sound).Select(new SelectRequest(new Core.NamespacedName(Sound, "all"), Core.Labels.LabelSet.Of(("app", "x")), []))).Vmis.IsEmpty);
        await cluster.Grains.GetGrain<INamespaceGrain>(Sound).Unsubscribe(new Core.NamespacedName(Sound, "all"));
    }

    [Fact]
    public async Task SetDraining_OneNamespaceCanNotBeTold_TheOthersAre()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => Node.SetDraining(true));

        Assert.Equal(Core.Vmis.DrainCause.NodeDraining, (await FindAsync(Sound))!.Drains);
    }

    private Task<Core.Vmis.Vmi?> FindAsync(string ns) => cluster.Grains.GetGrain<INamespaceGrain>(ns).Find("pod");
}
