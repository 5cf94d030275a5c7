using Orleans.Cn2.Cluster.Tests.Subnets;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Nodes;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>Records of two nodes that both have a VMI: it is that node's which took it last, also where a build before this one left them so.</summary>
[Collection(SmallClusterTests.Name)]
public sealed class MovedRecordTests(SmallClusterFixture cluster) : IAsyncLifetime
{
    private readonly string _name = ClusterFixture.NewName("moved");

    // Listed before the other one by the namespace, which so reads the stale record last.
    private INodeGrain Holder => cluster.Grains.GetGrain<INodeGrain>(_name + "-holder");

    private INodeGrain Former => cluster.Grains.GetGrain<INodeGrain>(_name + "-former");

    private INamespaceGrain Namespace => cluster.Grains.GetGrain<INamespaceGrain>(_name);

    public async ValueTask InitializeAsync()
    {
        await Holder.Register(new NodeSpec([IpAddress.Parse("172.18.0.2")], null, [], LabelSet.Empty, LabelSet.Empty));
        await Former.Register(new NodeSpec([IpAddress.Parse("172.18.0.3")], null, [], LabelSet.Empty, LabelSet.Empty));
    }

    public async ValueTask DisposeAsync()
    {
        await Former.Delete();
        await Holder.Delete();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Namespace_StartsWhileTheFormerNodeHasTheVmiToo_TakesItForTheHolders(bool earlierBuild)
    {
        Vmi vmi = ClusterFixture.Vmi(_name, "pod", "x", _name + "-holder", "10.9.4.1", "fd09::41");
        await Namespace.EnterNode(_name + "-holder");
        await Namespace.EnterNode(_name + "-former");
        await Holder.RegisterVmi(vmi, 0);
        Guid stale = vmi.Uid;
        await StoreAsync(Former, earlierBuild, state => state.Vmis[stale] = new VmiRecord(vmi with { Node = _name + "-former" }, 0, DateTimeOffset.UnixEpoch));
        await StoreAsync(Holder, earlierBuild, _ => { });
        if (earlierBuild)
        {
            await cluster.Grains.GetGrain<IVmiUidGrain>(vmi.Uid).Release(vmi.Name, _name + "-holder");
        }

        await cluster.DeactivateAllAsync();

        Assert.Equal(_name + "-holder", (await Namespace.Find("pod"))?.Node);
        if (earlierBuild)
        {
            await ClusterFixture.EventuallyAsync(async () => await Former.GetVmi(vmi.Uid) is null);
            await ClusterFixture.EventuallyAsync(
                async () => await cluster.Grains.GetGrain<IVmiUidGrain>(vmi.Uid).GetHolders() is { Nodes: [string only] } && only == _name + "-holder");
        }

        Assert.Equal(_name + "-holder", (await cluster.Grains.GetGrain<IVmiAddressGrain>("10.9.4.1").GetOwner())?.Node);
        Assert.Equal(_name + "-holder", (await Namespace.Find("pod"))?.Node);
    }

    // In place of the activation, which learns it by its next write at the latest.
    private async Task StoreAsync(INodeGrain node, bool earlierBuild, Action<NodeState> change)
    {
        GrainState<NodeState> stored = new() { State = new NodeState() };
        await cluster.Storage.ReadStateAsync("node", node.GetGrainId(), stored);
        change(stored.State!);
        stored.State!.TookUids = !earlierBuild;
        await cluster.Storage.WriteStateAsync("node", node.GetGrainId(), stored);
    }
}
