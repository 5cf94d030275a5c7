using Orleans.Cn2.Cluster.Tests.Subnets;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Nodes;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>What a node stored and could not tell is told by its next activation, which the cluster starts where nobody else does.</summary>
[Collection(SmallClusterTests.Name)]
public sealed class NodeTellingTests(SmallClusterFixture cluster)
{
    private readonly string _name = ClusterFixture.NewName("untold");

    private INodeGrain Node => cluster.Grains.GetGrain<INodeGrain>(_name);

    private INamespaceGrain Namespace => cluster.Grains.GetGrain<INamespaceGrain>(_name);

    private Vmi Pod => ClusterFixture.Vmi(_name, "pod", "x", _name, "10.9.3.1", "fd09::31");

    [Fact]
    public async Task Activation_AfterOneThatDiedBetweenItsWriteAndItsCall_TellsTheNamespace()
    {
        await Node.Register(new NodeSpec([IpAddress.Parse("172.18.0.2")], null, [], LabelSet.Empty, LabelSet.Empty));
        GrainState<NodeState> stored = await StoredAsync();
        NodeState state = stored.State!;
        state.Vmis[Pod.Uid] = new VmiRecord(Pod, 0, DateTimeOffset.UnixEpoch);
        state.Untold = [_name];
        await cluster.Storage.WriteStateAsync("node", Node.GetGrainId(), stored);

        await cluster.DeactivateAllAsync();

        // The namespace does not know that the node has anything in it, and the node is called by nobody but the cluster.
        await ClusterFixture.EventuallyAsync(async () => await Namespace.Find("pod") is not null);
        await Node.Delete();
    }

    [Fact]
    public async Task RegisterVmi_WritesDownWhomToTellUntilTheNextWrite()
    {
        await Node.Register(new NodeSpec([IpAddress.Parse("172.18.0.2")], null, [], LabelSet.Empty, LabelSet.Empty));
        await Node.RegisterVmi(Pod, 0);
        Assert.Equal([_name], (await StoredAsync()).State!.Untold ?? []);

        await Node.SetDraining(true);
        await Node.SetDraining(false);
        await Node.Register(new NodeSpec([IpAddress.Parse("172.18.0.3")], null, [], LabelSet.Empty, LabelSet.Empty));
        Assert.Empty((await StoredAsync()).State!.Untold ?? [_name]);
        await Node.Delete();
    }

    private async Task<GrainState<NodeState>> StoredAsync()
    {
        GrainState<NodeState> stored = new() { State = new NodeState() };
        await cluster.Storage.ReadStateAsync("node", Node.GetGrainId(), stored);
        return stored;
    }
}
