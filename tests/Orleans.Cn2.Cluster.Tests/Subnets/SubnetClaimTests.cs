using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Cluster.Tests.Subnets;

[Collection(SmallClusterTests.Name)]
public sealed class SubnetClaimTests(SmallClusterFixture cluster)
{
    [Fact]
    public async Task Claim_Repeated_AnswersTheSameAddress()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.1.0.0/24");
        ClaimRequest claim = SmallClusterFixture.Claim();

        ClaimAnswer first = await subnet.Claim(claim);
        await cluster.DeactivateAllAsync();
        ClaimAnswer second = await subnet.Claim(claim);

        Assert.Equal(ClaimStatus.Granted, first.Status);
        Assert.Equal(first, second);
        Assert.Single((await subnet.ListLeases(default, 10)).Leases);
    }

    [Theory]
    [InlineData("10.2.0.7", ClaimStatus.Granted)]
    [InlineData("10.2.0.0", ClaimStatus.OutOfRange)]
    [InlineData("10.2.0.255", ClaimStatus.OutOfRange)]
    [InlineData("10.3.0.1", ClaimStatus.OutOfRange)]
    [InlineData("fd00::1", ClaimStatus.NoPool)]
    public async Task Claim_NamedAddress_IsGrantedWhereUsable(string address, ClaimStatus expected)
    {
        ISubnetGrain subnet = cluster.Subnet("named");
        await subnet.Apply(new SubnetSpec([IpPrefix.Parse("10.2.0.0/24")], SubnetPurpose.Pod));

        ClaimAnswer answer = await subnet.Claim(SmallClusterFixture.Claim(address));

        Assert.Equal(expected, answer.Status);
    }

    [Fact]
    public async Task Claim_AddressOfAnother_IsTaken()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.4.0.0/24");
        await subnet.Claim(SmallClusterFixture.Claim("10.4.0.9"));

        Assert.Equal(ClaimStatus.Taken, (await subnet.Claim(SmallClusterFixture.Claim("10.4.0.9"))).Status);
    }

    [Fact]
    public async Task Claim_DryRun_LeasesNothing()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.5.0.0/24");

        ClaimAnswer any = await subnet.Claim(SmallClusterFixture.Claim() with { DryRun = true });
        ClaimAnswer named = await subnet.Claim(SmallClusterFixture.Claim("10.5.0.3") with { DryRun = true });

        Assert.Equal(new ClaimAnswer(ClaimStatus.Granted, IpAddress.Parse("10.5.0.0")), any);
        Assert.Equal(new ClaimAnswer(ClaimStatus.Granted, IpAddress.Parse("10.5.0.3")), named);
        Assert.Empty((await subnet.ListLeases(default, 10)).Leases);
    }

    [Fact]
    public async Task Claim_UnknownSubnet_HasNoPool() =>
        Assert.Equal(ClaimStatus.NoPool, (await cluster.Subnet(ClusterFixture.NewName("nowhere")).Claim(SmallClusterFixture.Claim())).Status);

    [Fact]
    public async Task Claim_MoreThanThereAre_GivesEachAddressOnceAndThenRefuses()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.6.0.0/28", "fd00:6::/124");

        foreach ((IpFamily family, int usable) in new[] { (IpFamily.IPv4, 14), (IpFamily.IPv6, 15) })
        {
            ClaimAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, usable + 3).Select(_ => subnet.Claim(SmallClusterFixture.Claim(family: family))));

            Assert.Equal(usable, answers.Where(answer => answer.Status == ClaimStatus.Granted).Select(answer => answer.Address).Distinct().Count());
            Assert.Equal(3, answers.Count(answer => answer.Status == ClaimStatus.Exhausted));
        }
    }

    [Fact]
    public async Task Claim_ManyAtOnce_ShareWrites()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.7.0.0/24");
        const int claims = 200;
        FaultyStorage.Arm(0, afterwards: false);

        await Task.WhenAll(Enumerable.Range(0, claims).Select(_ => subnet.Claim(SmallClusterFixture.Claim())));

        Assert.InRange(FaultyStorage.Writes, 1, claims / 2);
        Assert.Equal(claims, (await subnet.ListLeases(default, 1000)).Leases.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Claim_WriteFails_LeavesNoAddressWithTwoOwners(bool afterwards)
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync(afterwards ? "10.8.0.0/28" : "10.8.0.16/28");
        ClaimRequest[] claims = [.. Enumerable.Range(0, 6).Select(_ => SmallClusterFixture.Claim())];

        FaultyStorage.Arm(2, afterwards);
        await Task.WhenAll(claims.Select(claim => IgnoreAsync(subnet.Claim(claim))));
        FaultyStorage.Arm(0, false);
        ClaimAnswer[] again = [];
        await ClusterFixture.EventuallyAsync(async () =>
        {
            // The activation that failed may answer once more before it is gone.
            Task<ClaimAnswer>[] attempts = [.. claims.Select(subnet.Claim)];
            await Task.WhenAll(attempts.Select(IgnoreAsync));
            again = [.. attempts.Where(attempt => attempt.IsCompletedSuccessfully).Select(attempt => attempt.Result)];
            return again.Length == claims.Length;
        });

        Assert.All(again, answer => Assert.Equal(ClaimStatus.Granted, answer.Status));
        Assert.Equal(claims.Length, again.Select(answer => answer.Address).Distinct().Count());
        Assert.Equal(claims.Length, (await subnet.ListLeases(default, 100)).Leases.Length);
    }

    [Fact]
    public async Task Release_OfAnotherClaim_ChangesNothing()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.9.0.0/24");
        ClaimRequest claim = SmallClusterFixture.Claim("10.9.0.3");
        await subnet.Claim(claim);

        await subnet.Release([new ReleaseRequest(Guid.NewGuid(), IpAddress.Parse("10.9.0.3"), IpFamily.IPv4, Fence.None)]);

        Assert.Equal(claim.OwnerUid, Assert.Single((await subnet.ListLeases(default, 10)).Leases).OwnerUid);
    }

    [Fact]
    public async Task Release_NeverPublished_IsFreeAtOnce()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.10.0.0/30");
        ClaimRequest claim = SmallClusterFixture.Claim("10.10.0.1");
        await subnet.Claim(claim);

        // The owner never learned the answer, so it names the claim alone.
        await subnet.Release([new ReleaseRequest(claim.ClaimId, default, IpFamily.IPv4, Fence.None)]);

        Assert.Empty((await subnet.ListLeases(default, 10)).Leases);
        Assert.Equal(ClaimStatus.Granted, (await subnet.Claim(SmallClusterFixture.Claim("10.10.0.1"))).Status);
    }

    [Fact]
    public async Task ListLeases_PageByPage_IsAllOfBothFamiliesInOrder()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("fd00:11::/64", "10.11.0.0/16");
        string[] addresses = ["10.11.0.1", "10.11.0.255", "10.11.1.0", "10.11.200.7", "fd00:11::1", "fd00:11::ffff:ffff:ffff:ffff"];
        await Task.WhenAll(addresses.Reverse().Select(address => subnet.Claim(SmallClusterFixture.Claim(address))));

        List<string> listed = [];
        LeasePage page;
        IpAddress after = default;
        do
        {
            page = await subnet.ListLeases(after, 2);
            listed.AddRange(page.Leases.Select(lease => lease.Address.ToString()));
            after = page.Leases[^1].Address;
        }
        while (page.More);

        Assert.Equal(addresses, listed);
    }

    [Fact]
    public async Task Sweep_LeaseWhoseOwnerKnowsNothingOfIt_IsReleased()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.12.0.0/24");
        await subnet.Claim(SmallClusterFixture.Claim());

        SmallClusterFixture.Time.Advance(TimeSpan.FromMinutes(1));

        await ClusterFixture.EventuallyAsync(async () =>
        {
            await subnet.Sweep();
            return (await subnet.ListLeases(default, 10)).Leases.IsEmpty;
        });
    }

    private static async Task IgnoreAsync(Task attempt) => await attempt.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
