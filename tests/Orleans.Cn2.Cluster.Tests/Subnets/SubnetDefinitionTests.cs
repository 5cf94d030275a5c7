using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Cluster.Tests.Subnets;

[Collection(SmallClusterTests.Name)]
public sealed class SubnetDefinitionTests(SmallClusterFixture cluster)
{
    [Fact]
    public async Task Apply_Again_ChangesNothing()
    {
        ISubnetGrain subnet = cluster.Subnet(ClusterFixture.NewName("again"));
        SubnetSpec spec = Spec("10.30.0.0/24");

        SubnetView first = await subnet.Apply(spec);
        SubnetView second = await subnet.Apply(spec);

        Assert.Equal((first.Uid, first.ResourceVersion), (second.Uid, second.ResourceVersion));
        Assert.Equal(254UL, Assert.Single(second.Usage).Capacity);
    }

    [Fact]
    public async Task Apply_AfterADeletionThatWasCutOff_IsInTheInventoryAgain()
    {
        IClusterGrain inventory = cluster.Grains.GetGrain<IClusterGrain>(IClusterGrain.Key);
        string name = ClusterFixture.NewName("half");
        SubnetSpec spec = Spec("10.37.0.0/24");
        await cluster.Subnet(name).Apply(spec);
        await inventory.RemoveSubnet(name);

        await cluster.Subnet(name).Apply(spec);

        Assert.Contains((await inventory.GetInventory()).Subnets, entry => entry.Name == name);
    }

    [Fact]
    public async Task ListLeases_MoreThanAnyPageHas_IsAPage()
    {
        ISubnetGrain subnet = cluster.Subnet(ClusterFixture.NewName("listed"));
        await subnet.Apply(Spec("10.38.0.0/24"));
        await subnet.Claim(SmallClusterFixture.Claim("10.38.0.5"));

        LeasePage page = await subnet.ListLeases(default, int.MaxValue);

        Assert.Equal("10.38.0.5", Assert.Single(page.Leases).Address.ToString());
        Assert.False(page.More);
    }

    [Fact]
    public async Task Apply_SecondFamilyLater_KeepsTheLeases()
    {
        ISubnetGrain subnet = cluster.Subnet(ClusterFixture.NewName("second"));
        await subnet.Apply(Spec("10.31.0.0/24"));
        await subnet.Claim(SmallClusterFixture.Claim("10.31.0.5"));

        await subnet.Apply(Spec("10.31.0.0/24", "fd00:31::/112"));
        await subnet.Claim(SmallClusterFixture.Claim("fd00:31::5"));
        await cluster.DeactivateAllAsync();

        Assert.Equal(["10.31.0.5", "fd00:31::5"], (await subnet.ListLeases(default, 10)).Leases.Select(lease => lease.Address.ToString()));
        Assert.Equal(2, (await subnet.Get())!.Usage.Length);
    }

    [Fact]
    public async Task Apply_TwoDefinitionsAtOnce_OneWinsWholly()
    {
        ISubnetGrain subnet = cluster.Subnet(ClusterFixture.NewName("race"));
        Task<SubnetView>[] attempts = [.. Enumerable.Range(0, 6).Select(i => subnet.Apply(Spec($"10.32.{i}.0/24")))];
        await Task.WhenAll(attempts.Select(async attempt => await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)));

        SubnetView won = await Assert.Single(attempts, attempt => attempt.IsCompletedSuccessfully);

        Assert.All(attempts.Where(attempt => attempt.IsFaulted), attempt => Assert.IsType<InvalidObjectException>(attempt.Exception!.InnerException));
        ClusterInventory inventory = await cluster.Grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory();
        Assert.Equal(won.Spec.Prefixes, Assert.Single(inventory.Subnets, entry => entry.Name == won.Name).Prefixes);
        Assert.True(won.Spec.Prefixes[0].Contains((await subnet.Claim(SmallClusterFixture.Claim())).Address));
    }

    [Fact]
    public async Task Apply_OverlappingAnother_NamesIt()
    {
        await cluster.Subnet("wide").Apply(Spec("10.33.0.0/16"));
        ISubnetGrain narrow = cluster.Subnet(ClusterFixture.NewName("narrow"));

        FailedPreconditionException refused = await Assert.ThrowsAsync<FailedPreconditionException>(() => narrow.Apply(Spec("10.33.7.0/24")));

        Assert.Contains("\"10.33.7.0/24\": overlaps 10.33.0.0/16 of subnet \"wide\"", refused.Message, StringComparison.Ordinal);
        Assert.Null(await narrow.Get());
    }

    [Fact]
    public async Task Delete_WithLeases_IsRefused()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.34.0.0/24");
        await subnet.Claim(SmallClusterFixture.Claim());

        await Assert.ThrowsAsync<FailedPreconditionException>(subnet.Delete);

        Assert.NotNull(await subnet.Get());
    }

    [Fact]
    public async Task Delete_Unused_MakesRoomForAnother()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.35.0.0/24");

        await subnet.Delete();

        await ClusterFixture.EventuallyAsync(async () => await TryGetAsync(subnet) is (true, null));
        await cluster.NewSubnetAsync("10.35.0.0/25");
    }

    // The activation that deleted the subnet refuses until it is gone.
    private static async Task<(bool Answered, SubnetView? View)> TryGetAsync(ISubnetGrain subnet)
    {
        try
        {
            return (true, await subnet.Get());
        }
        catch (OutcomeUnknownException)
        {
            return (false, null);
        }
    }

    private static SubnetSpec Spec(params string[] cidrs) => new([.. cidrs.Select(cidr => IpPrefix.Parse(cidr))], SubnetPurpose.Pod);
}
