using Orleans.Cn2.Cluster.Tests.Subnets;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Grains.Nodes;
using Orleans.Cn2.Grains.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>Who asks for names that nobody has leaves nothing behind: no record, and no activation that stays for ever.</summary>
[Collection(SmallClusterTests.Name)]
public sealed class UnknownNameTests(SmallClusterFixture cluster)
{
    // Longer than any period of a timer that keeps an activation.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(4);
    private readonly string _name = ClusterFixture.NewName("unknown");

    private INodeGrain Node => cluster.Grains.GetGrain<INodeGrain>(_name);

    private INamespaceGrain Namespace => cluster.Grains.GetGrain<INamespaceGrain>(_name);

    [Fact]
    public async Task Read_NameThatNobodyHas_LeavesNothing()
    {
        Assert.Null(await Node.Get());
        Assert.True((await Node.VmisOf([_name]))[0].Deleted);
        Assert.Null(await Namespace.Find("pod"));
        Assert.Null(await Namespace.FindMember("pod"));
        Assert.Empty(await Namespace.List());
        Assert.True((await Namespace.Read(0, TimeSpan.Zero)).Complete);

        Assert.False(await HasRecordAsync<NamespaceState>("namespace", Namespace.GetGrainId()));
        Assert.False(await HasRecordAsync<NodeState>("node", Node.GetGrainId()));
        await AreCollectedAsync();
    }

    [Fact]
    public async Task Delete_NodeThatWasInANamespace_IsTakenOffItsListAndNothingIsKeptInMemory()
    {
        await Node.Register(new NodeSpec([IpAddress.Parse("172.18.0.2")], null, [], LabelSet.Empty, LabelSet.Empty));
        await Node.RegisterVmi(ClusterFixture.Vmi(_name, "pod", "x", _name, "10.9.2.41", "fd09::2:41"), 0);
        Assert.True(await HasRecordAsync<NamespaceState>("namespace", Namespace.GetGrainId()));

        await Node.Delete();

        await ClusterFixture.EventuallyAsync(async () => (await StoredAsync<NamespaceState>("namespace", Namespace.GetGrainId())).State!.Nodes.Count == 0);
        await AreCollectedAsync();
    }

    [Fact]
    public async Task Version_AfterTheFirstNode_GrowsOverActivations()
    {
        ulong empty = (await Namespace.Read(0, TimeSpan.Zero)).Version;
        await Node.Register(new NodeSpec([IpAddress.Parse("172.18.0.2")], null, [], LabelSet.Empty, LabelSet.Empty));
        await Node.RegisterVmi(ClusterFixture.Vmi(_name, "pod", "x", _name, "10.9.2.42", "fd09::2:42"), 0);
        ulong first = (await Namespace.Read(0, TimeSpan.Zero)).Version;
        await cluster.DeactivateAllAsync();

        ulong second = (await Namespace.Read(0, TimeSpan.Zero)).Version;

        Assert.True(empty < first && first < second, $"{empty}, {first}, {second}");
        await Node.Delete();
    }

    [Fact]
    public async Task Select_NamespaceWithoutARecord_WritesItsEpoch()
    {
        await Namespace.Select(new SelectRequest(new NamespacedName(_name, "web"), LabelSet.Of(("app", "x")), []));

        Assert.Equal(1UL, (await StoredAsync<NamespaceState>("namespace", Namespace.GetGrainId())).State!.Epoch);
        await Namespace.Unsubscribe(new NamespacedName(_name, "web"));
    }

    private Task AreCollectedAsync() => ClusterFixture.EventuallyAsync(async () =>
    {
        IManagementGrain management = cluster.Grains.GetGrain<IManagementGrain>(0);
        await management.ForceActivationCollection(Idle);
        return !(await management.GetDetailedGrainStatistics()).Any(activation => activation.GrainId == Node.GetGrainId() || activation.GrainId == Namespace.GetGrainId());
    });

    private async Task<bool> HasRecordAsync<T>(string state, GrainId grain)
        where T : new() => (await StoredAsync<T>(state, grain)).RecordExists;

    private async Task<GrainState<T>> StoredAsync<T>(string state, GrainId grain)
        where T : new()
    {
        GrainState<T> stored = new() { State = new T() };
        await cluster.Storage.ReadStateAsync(state, grain, stored);
        return stored;
    }
}
