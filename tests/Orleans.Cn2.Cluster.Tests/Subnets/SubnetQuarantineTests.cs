using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Cluster.Tests.Subnets;

/// <summary>A released address is not given out again before every registered vRouter acknowledged its removal (invariant I2).</summary>
[Collection(SmallClusterTests.Name)]
public sealed class SubnetQuarantineTests(SmallClusterFixture cluster) : IAsyncLifetime
{
    private static readonly Fence Removal = Fence.Of(7, new ShardVersion(1, 5));
    private readonly string _node = ClusterFixture.NewName("node");

    private IProgressGrain Progress => cluster.Grains.GetGrain<IProgressGrain>(IProgressGrain.Key);

    // A node whose worker was there once counts until it is deleted.
    public async ValueTask InitializeAsync()
    {
        INodeGrain node = cluster.Grains.GetGrain<INodeGrain>(_node);
        await node.Register(new NodeSpec([IpAddress.Parse("172.18.0.2")], null, [], LabelSet.Empty, LabelSet.Empty));
        await node.StreamUp(1);
        await ReportAsync(new ShardVersion(1, 4));
    }

    public async ValueTask DisposeAsync()
    {
        if (await cluster.Grains.GetGrain<INodeGrain>(_node).Get() is not null)
        {
            await cluster.Grains.GetGrain<INodeGrain>(_node).Delete();
        }
    }

    [Fact]
    public async Task Sweep_VRouterIsBehind_KeepsTheAddress()
    {
        ISubnetGrain subnet = await ReleasedAsync("10.20.0.0/29");

        Assert.Equal(0, await subnet.Sweep());

        Assert.Equal(Removal, Assert.Single((await subnet.ListLeases(default, 10)).Leases).WaitsFor);
        Assert.Equal(1UL, Assert.Single((await subnet.Get())!.Usage).Quarantined);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 0)]
    public async Task Sweep_LastVRouterAcknowledged_FreesTheAddress(ulong epoch, ulong seq)
    {
        ISubnetGrain subnet = await ReleasedAsync($"10.21.{epoch}.0/29");
        await ReportAsync(new ShardVersion(epoch, seq));

        await FreedAsync(subnet);
    }

    [Fact]
    public async Task Sweep_LostNodeIsDeleted_FreesTheAddress()
    {
        ISubnetGrain subnet = await ReleasedAsync("10.22.0.0/29");
        await ReportAsync(new ShardVersion(1, 4), live: false);
        Assert.Equal(0, await subnet.Sweep());

        await cluster.Grains.GetGrain<INodeGrain>(_node).Delete();

        await FreedAsync(subnet);
    }

    [Fact]
    public async Task Sweep_LimitPassed_FreesTheAddress()
    {
        ISubnetGrain subnet = await ReleasedAsync("10.23.0.0/29");
        SmallClusterFixture.Time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(0, await subnet.Sweep());

        SmallClusterFixture.Time.Advance(TimeSpan.FromHours(1));

        await FreedAsync(subnet);
    }

    [Fact]
    public async Task Claim_QuarantinedAddressByName_IsGranted()
    {
        ISubnetGrain subnet = await ReleasedAsync("10.24.0.0/29");

        Assert.Equal(ClaimStatus.Granted, (await subnet.Claim(SmallClusterFixture.Claim("10.24.0.1"))).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Release_UndoneClaimOfQuarantinedAddress_StillWaitsForTheRemoval(bool restarted)
    {
        ISubnetGrain subnet = await ReleasedAsync($"10.58.{(restarted ? 1 : 0)}.0/29");
        ClaimRequest undone = SmallClusterFixture.Claim(Assert.Single((await subnet.ListLeases(default, 10)).Leases).Address.ToString());
        Assert.Equal(ClaimStatus.Granted, (await subnet.Claim(undone)).Status);
        if (restarted)
        {
            await cluster.DeactivateAllAsync();
        }

        await subnet.Release([new ReleaseRequest(undone.ClaimId, default, undone.Family, Fence.None)]);

        Assert.Equal(Removal, Assert.Single((await subnet.ListLeases(default, 10)).Leases).WaitsFor);
        Assert.Equal(0, await subnet.Sweep());
    }

    [Fact]
    public async Task Release_PublishedAfterItCutAQuarantineShort_WaitsForBothRemovals()
    {
        ISubnetGrain subnet = await ReleasedAsync("10.59.0.0/29");
        ClaimRequest next = SmallClusterFixture.Claim("10.59.0.1");
        await subnet.Claim(next);
        Fence second = Fence.Of(3, new ShardVersion(1, 2));

        await subnet.Release([new ReleaseRequest(next.ClaimId, default, next.Family, second)]);

        Assert.Equal(Removal.And(second), Assert.Single((await subnet.ListLeases(default, 10)).Leases).WaitsFor);
    }

    [Fact]
    public async Task Claim_OnlyQuarantinedAddressesLeft_GivesTheOldest()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.25.0.0/30");
        ClaimRequest first = SmallClusterFixture.Claim("10.25.0.2");
        ClaimRequest second = SmallClusterFixture.Claim("10.25.0.1");
        foreach (ClaimRequest claim in new[] { first, second })
        {
            await subnet.Claim(claim);
            await ReleaseAsync(subnet, claim);
            SmallClusterFixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        ClaimAnswer answer = await subnet.Claim(SmallClusterFixture.Claim());

        Assert.Equal(new ClaimAnswer(ClaimStatus.Granted, IpAddress.Parse("10.25.0.2")), answer);
    }

    [Fact]
    public async Task Claim_OthersAreFree_LeavesTheQuarantinedOneAlone()
    {
        ISubnetGrain subnet = await ReleasedAsync("10.26.0.0/29");

        ClaimAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => subnet.Claim(SmallClusterFixture.Claim())));

        Assert.DoesNotContain(IpAddress.Parse("10.26.0.1"), answers.Select(answer => answer.Address));
    }

    [Fact]
    public async Task Quarantine_AfterRestart_StillHolds()
    {
        ISubnetGrain subnet = await ReleasedAsync("10.27.0.0/29");

        await cluster.DeactivateAllAsync();

        Assert.Equal(Removal, Assert.Single((await subnet.ListLeases(default, 10)).Leases).WaitsFor);
    }

    [Fact]
    public async Task Delete_AddressInQuarantine_IsRefused()
    {
        ISubnetGrain subnet = await ReleasedAsync("10.28.0.0/29");

        FailedPreconditionException refused = await Assert.ThrowsAsync<FailedPreconditionException>(subnet.Delete);

        Assert.Contains("1 released addresses", refused.Message, StringComparison.Ordinal);
    }

    private async Task<ISubnetGrain> ReleasedAsync(string cidr)
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync(cidr);
        ClaimRequest claim = SmallClusterFixture.Claim(IpPrefix.Parse(cidr).At(1).ToString());
        await subnet.Claim(claim);
        await ReleaseAsync(subnet, claim);
        return subnet;
    }

    private static Task ReleaseAsync(ISubnetGrain subnet, ClaimRequest claim) =>
        subnet.Release([new ReleaseRequest(claim.ClaimId, claim.Requested!.Value, claim.Family, Removal)]);

    private Task ReportAsync(ShardVersion version, bool live = true) => Progress.Report(
        [new NodeProgress(_node, 1, live, new ShardVector([.. Enumerable.Repeat(version, ShardMap.Shards)]))]);

    private static Task FreedAsync(ISubnetGrain subnet) => ClusterFixture.EventuallyAsync(async () =>
    {
        await subnet.Sweep();
        return (await subnet.ListLeases(default, 10)).Leases.IsEmpty;
    });
}
