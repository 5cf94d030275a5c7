using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>A VMI that is registered on another node is that one's alone: the former node forgets it, whatever is lost on the way, and gives up nothing of the new one's.</summary>
[Collection(ClusterTests.Name)]
public sealed class VmiMoveTests(ClusterFixture cluster) : IAsyncLifetime
{
    private const int MostCalls = 12;
    private readonly string _namespace = ClusterFixture.NewName("moves");
    private readonly string _from = ClusterFixture.NewName("move");
    private readonly string _to = ClusterFixture.NewName("move");

    private INamespaceGrain Namespace => cluster.Grains.GetGrain<INamespaceGrain>(_namespace);

    public async ValueTask InitializeAsync()
    {
        await cluster.RegisterNodeAsync(_from);
        await cluster.RegisterNodeAsync(_to);
    }

    public async ValueTask DisposeAsync()
    {
        FaultyCalls.Arm(null, 0, afterwards: false);
        await ClusterFixture.EventuallyAsync(async () =>
        {
            try
            {
                await Node(_from).Delete();
                return true;
            }
            catch (OutcomeUnknownException)
            {
                return false;
            }
        });
        await Node(_to).Delete();
    }

    [Fact]
    public async Task RegisterVmi_OnAnotherNode_IsForgottenByTheFormer()
    {
        Vmi vmi = await RegisteredAsync(_from, Pod("10.9.5.1", "fd09::51"));

        await RegisteredAsync(_to, vmi);

        await IsOnAsync(_to, vmi, _from);
        Assert.NotNull(await Node(_to).GetVmi(vmi.Uid));
        await cluster.DeactivateAllAsync();
        await IsOnAsync(_to, vmi, _from);
    }

    [Fact]
    public async Task RegisterVmi_OnAnotherNodeWithOtherAddresses_FreesTheFormerOnes()
    {
        Vmi vmi = await RegisteredAsync(_from, Pod("10.9.5.1", "fd09::51"));
        Vmi moved = Pod("10.9.5.2", "fd09::52") with { Uid = vmi.Uid, Name = vmi.Name };

        await RegisteredAsync(_to, moved);

        await IsOnAsync(_to, moved, _from);
        await ClusterFixture.EventuallyAsync(async () => await OwnerAsync(vmi, 0) is null && await OwnerAsync(vmi, 1) is null);
    }

    [Fact]
    public async Task DeregisterVmi_JustMoved_IsGoneWhateverTheFormerNodeTells()
    {
        Vmi vmi = await RegisteredAsync(_from, Pod("10.9.5.1", "fd09::51"));
        await RegisteredAsync(_to, vmi);

        await Node(_to).DeregisterVmi(vmi.Uid);
        await Node(_from).SetDraining(true);

        await IsGoneAsync(vmi);
        await Node(_from).SetDraining(false);
        await cluster.DeactivateAllAsync();
        await IsGoneAsync(vmi);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SetNode_VmiThatTheNamespaceDoesNotHave_IsTheHoldersAlone(bool moved)
    {
        Vmi vmi = Pod("10.9.5.1", "fd09::51");
        IVmiUidGrain uid = cluster.Grains.GetGrain<IVmiUidGrain>(vmi.Uid);
        await uid.Acquire(vmi.Name, moved ? _to : _from, moved ? _from : null);

        await Namespace.SetNode(_from, new NodeMembers(false, [vmi]));

        Assert.Equal(moved, await Namespace.Find(vmi.Name.Name) is null);
        await uid.Release(vmi.Name, _from);
        await uid.Release(vmi.Name, _to);
    }

    [Fact]
    public async Task RegisterVmi_AnyCallOfTheMoveIsLost_EndsOnTheNewNodeAlone()
    {
        Vmi[] moved = new Vmi[MostCalls];
        for (int call = 1; call <= MostCalls; call++)
        {
            Vmi vmi = moved[call - 1] = await RegisteredAsync(_from, Pod($"10.9.5.{call}", $"fd09::5:{call}"));
            FaultyCalls.Arm(_to, call, afterwards: call % 2 == 0);
            try
            {
                await RegisteredAsync(_to, vmi);
            }
            catch (TimeoutException)
            {
                // As its caller does.
                await RegisteredAsync(_to, vmi);
            }
            finally
            {
                FaultyCalls.Arm(null, 0, afterwards: false);
            }
        }

        foreach (Vmi vmi in moved)
        {
            await IsOnAsync(_to, vmi, _from);
            await Node(_to).DeregisterVmi(vmi.Uid);
            await IsGoneAsync(vmi);
        }
    }

    [Fact]
    public async Task Supersede_AnyCallOfTheFormerNodeIsLost_ForgetsAllTheSame()
    {
        for (int call = 1; call <= MostCalls; call++)
        {
            Vmi vmi = await RegisteredAsync(_from, Pod($"10.9.5.{call}", $"fd09::5:{call}"));
            FaultyCalls.Arm(_from, call, afterwards: call % 2 == 0);

            await RegisteredAsync(_to, vmi);

            await IsOnAsync(_to, vmi, _from);
            FaultyCalls.Arm(null, 0, afterwards: false);
            await Node(_to).DeregisterVmi(vmi.Uid);
            await IsGoneAsync(vmi);
        }
    }

    [Fact]
    public async Task RegisterVmi_ThereAndBack_IsOnTheFirstNode()
    {
        Vmi vmi = await RegisteredAsync(_from, Pod("10.9.5.1", "fd09::51"));

        await RegisteredAsync(_to, vmi);
        await RegisteredAsync(_from, vmi);

        await IsOnAsync(_from, vmi, _to);
        Assert.NotNull(await Node(_from).GetVmi(vmi.Uid));
    }

    [Fact]
    public async Task RegisterVmi_OnAnotherNodeIsRefused_StaysOnTheFirst()
    {
        Vmi other = await RegisteredAsync(_to, Pod("10.9.5.3", "fd09::53"));
        Vmi vmi = await RegisteredAsync(_from, Pod("10.9.5.1", "fd09::51"));

        await Assert.ThrowsAsync<ObjectExistsException>(() => RegisteredAsync(_to, vmi with { Addresses = [vmi.Addresses[0], other.Addresses[1]] }));

        Assert.Equal(_from, (await OwnerAsync(vmi, 0))?.Node);
        Assert.Equal([_from], (await cluster.Grains.GetGrain<IVmiUidGrain>(vmi.Uid).GetHolders())!.Nodes);
        Assert.NotNull(await Node(_from).GetVmi(vmi.Uid));
        Assert.Equal(_from, (await Namespace.Find(vmi.Name.Name))?.Node);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RegisterVmi_UidOfAVmiOfAnotherNamespace_IsRefusedAndChangesNothing(bool sameNode)
    {
        Vmi vmi = await RegisteredAsync(_from, Pod("10.9.5.1", "fd09::51"));
        string node = sameNode ? _from : _to;
        Vmi thief = ClusterFixture.Vmi("thieves", ClusterFixture.NewName("pod"), "x", node, "10.9.5.2", "fd09::52") with { Uid = vmi.Uid };

        ObjectExistsException byUid = await Assert.ThrowsAsync<ObjectExistsException>(() => RegisteredAsync(node, thief));
        ObjectExistsException byAddress = await Assert.ThrowsAsync<ObjectExistsException>(
            () => RegisteredAsync(node, thief with { Uid = Guid.NewGuid(), Addresses = vmi.Addresses }));

        Assert.Equal($"metadata.uid: Duplicate value: \"{vmi.Uid}\": belongs to a VMI of another namespace", byUid.Message);
        Assert.Equal("addresses[0]: Duplicate value: \"10.9.5.1\": belongs to a VMI of another namespace", byAddress.Message);
        Assert.Equal(vmi.Name, (await Node(_from).GetVmi(vmi.Uid))?.Name);
        Assert.Equal(vmi.Name, (await OwnerAsync(vmi, 0))?.Vmi);
        Assert.Null(await OwnerAsync(thief, 0));
        Assert.Null(await cluster.Grains.GetGrain<INamespaceGrain>("thieves").Find(thief.Name.Name));
        await Node(_from).DeregisterVmi(vmi.Uid);
        await RegisteredAsync(node, thief);
        await Node(node).DeregisterVmi(thief.Uid);
    }

    [Fact]
    public async Task RegisterVmi_UidOfAnotherNameInTheNamespace_NamesIt()
    {
        Vmi vmi = await RegisteredAsync(_from, Pod("10.9.5.1", "fd09::51"));

        ObjectExistsException refused = await Assert.ThrowsAsync<ObjectExistsException>(
            () => RegisteredAsync(_to, Pod("10.9.5.2", "fd09::52") with { Uid = vmi.Uid }));

        Assert.Equal($"metadata.uid: Duplicate value: \"{vmi.Uid}\": belongs to VMI {vmi.Name}", refused.Message);
    }

    [Fact]
    public async Task Acquire_AddressForAnotherVmiOfTheSameUid_StaysWithItsOwner()
    {
        Vmi vmi = await RegisteredAsync(_from, Pod("10.9.5.1", "fd09::51"));

        AddressOwner owner = await Address(vmi, 0).Acquire(new AddressOwner(vmi.Uid, new Core.NamespacedName("thieves", "pod"), _to));

        Assert.Equal(new AddressOwner(vmi.Uid, vmi.Name, _from), owner);
    }

    private async Task IsOnAsync(string node, Vmi vmi, string former)
    {
        await ClusterFixture.EventuallyAsync(async () =>
            await Node(former).GetVmi(vmi.Uid) is null && await cluster.Grains.GetGrain<IVmiUidGrain>(vmi.Uid).GetHolders() is { Nodes: [string only] } && only == node);
        await ClusterFixture.EventuallyAsync(async () => (await Namespace.Find(vmi.Name.Name))?.Node == node);
        Assert.Equal([node, node], [(await OwnerAsync(vmi, 0))?.Node, (await OwnerAsync(vmi, 1))?.Node]);
    }

    private Task IsGoneAsync(Vmi vmi) => ClusterFixture.EventuallyAsync(async () =>
        await Namespace.Find(vmi.Name.Name) is null && await Node(_from).GetVmi(vmi.Uid) is null && await Node(_to).GetVmi(vmi.Uid) is null
        && await OwnerAsync(vmi, 0) is null && await OwnerAsync(vmi, 1) is null && await cluster.Grains.GetGrain<IVmiUidGrain>(vmi.Uid).GetHolders() is null);

    private async Task<Vmi> RegisteredAsync(string node, Vmi vmi) => (await Node(node).RegisterVmi(vmi with { Node = node }, 0)).Vmi;

    private Vmi Pod(string v4, string v6) => ClusterFixture.Vmi(_namespace, ClusterFixture.NewName("pod"), "x", _from, v4, v6);

    private INodeGrain Node(string name) => cluster.Grains.GetGrain<INodeGrain>(name);

    private IVmiAddressGrain Address(Vmi vmi, int index) => cluster.Grains.GetGrain<IVmiAddressGrain>(vmi.Addresses[index].ToString());

    private Task<AddressOwner?> OwnerAsync(Vmi vmi, int index) => Address(vmi, index).GetOwner();
}
