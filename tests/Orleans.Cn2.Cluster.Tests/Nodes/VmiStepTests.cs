using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>What a node begins with other grains for a VMI is finished whichever call is lost on the way: no address stays owned by what is gone.</summary>
[Collection(ClusterTests.Name)]
public sealed class VmiStepTests(ClusterFixture cluster) : IAsyncLifetime
{
    private const int MostCalls = 10;
    private static readonly IpAddress First = IpAddress.Parse("10.9.7.1");
    private static readonly IpAddress Second = IpAddress.Parse("10.9.7.2");
    private static readonly IpAddress Taken = IpAddress.Parse("fd09::71");
    private readonly string _node = ClusterFixture.NewName("steps");
    private readonly string _other = ClusterFixture.NewName("steps");

    public async ValueTask InitializeAsync()
    {
        await cluster.RegisterNodeAsync(_node);
        await cluster.RegisterNodeAsync(_other);
    }

    public async ValueTask DisposeAsync()
    {
        FaultyCalls.Arm(null, 0, afterwards: false);
        await Node(_other).Delete();
        if (await Node(_node).Get() is not null)
        {
            await Node(_node).Delete();
        }
    }

    [Fact]
    public async Task RegisterVmi_OtherAddressesAndAnyCallIsLost_GivesTheFormerOnesUp()
    {
        for (int call = 1; call <= MostCalls; call++)
        {
            Vmi vmi = Pod(First);
            await Node(_node).RegisterVmi(vmi, 0);

            await LosingAsync(call, () => Node(_node).RegisterVmi(vmi with { Addresses = [Second] }, 0));
            await Node(_node).RegisterVmi(vmi with { Addresses = [Second] }, 0);

            await ClusterFixture.EventuallyAsync(async () => await OwnerAsync(First) is null);
            Assert.Equal(vmi.Uid, (await OwnerAsync(Second))?.VmiUid);
            await Node(_node).DeregisterVmi(vmi.Uid);
            await ClusterFixture.EventuallyAsync(async () => await OwnerAsync(Second) is null);
        }
    }

    [Fact]
    public async Task RegisterVmi_BackToTheAddressThatIsBeingGivenUp_KeepsIt()
    {
        for (int call = 1; call <= MostCalls; call++)
        {
            Vmi vmi = Pod(First);
            await Node(_node).RegisterVmi(vmi, 0);
            await LosingAsync(call, () => Node(_node).RegisterVmi(vmi with { Addresses = [Second] }, 0));

            await Node(_node).RegisterVmi(vmi, 0);

            await ClusterFixture.EventuallyAsync(async () => await OwnerAsync(Second) is null);
            Assert.Equal(vmi.Uid, (await OwnerAsync(First))?.VmiUid);
            await Node(_node).DeregisterVmi(vmi.Uid);
            await ClusterFixture.EventuallyAsync(async () => await OwnerAsync(First) is null);
        }
    }

    [Fact]
    public async Task Delete_RefusedRegistrationIsYetToBeUndone_LeavesNoAddressOwned()
    {
        await Node(_other).RegisterVmi(Pod(Taken) with { Node = _other }, 0);
        for (int call = 1; call <= MostCalls; call++)
        {
            await cluster.RegisterNodeAsync(_node);

            await LosingAsync(call, () => Assert.ThrowsAsync<ObjectExistsException>(() => Node(_node).RegisterVmi(Pod(First, Taken), 0)));
            await Node(_node).Delete();

            Assert.Null(await OwnerAsync(First));
        }
    }

    [Fact]
    public async Task Delete_RemovalOfAVmiIsYetToBeFinished_LeavesNoAddressOwned()
    {
        for (int call = 1; call <= MostCalls; call++)
        {
            await cluster.RegisterNodeAsync(_node);
            Vmi vmi = Pod(First);
            await Node(_node).RegisterVmi(vmi, 0);

            await LosingAsync(call, () => Node(_node).DeregisterVmi(vmi.Uid));
            await Node(_node).Delete();

            Assert.Null(await OwnerAsync(First));
        }
    }

    private async Task LosingAsync(int call, Func<Task> change)
    {
        FaultyCalls.Arm(_node, call, afterwards: false);
        try
        {
            await change();
        }
        catch (Exception lost) when (lost is TimeoutException or Xunit.Sdk.ThrowsException)
        {
            // Of unknown outcome to the caller.
        }
        finally
        {
            FaultyCalls.Arm(null, 0, afterwards: false);
        }
    }

    private Vmi Pod(params IpAddress[] addresses) =>
        ClusterFixture.Vmi("steps", ClusterFixture.NewName("pod"), "x", _node, "10.9.7.9", "fd09::79") with { Addresses = [.. addresses] };

    private INodeGrain Node(string name) => cluster.Grains.GetGrain<INodeGrain>(name);

    private Task<AddressOwner?> OwnerAsync(IpAddress address) => cluster.Grains.GetGrain<IVmiAddressGrain>(address.ToString()).GetOwner();
}
