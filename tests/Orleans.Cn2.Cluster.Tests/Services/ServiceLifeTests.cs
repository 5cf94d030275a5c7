using System.Globalization;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Cluster.Tests.Services;

[Collection(ClusterTests.Name)]
public sealed class ServiceLifeTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Apply_PreferDualStack_LeasesOneAddressOfEachFamily()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("life", ClusterFixture.NewName("web"));

        ApplyOutcome outcome = await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);

        Assert.Equal(ApplyResult.Created, outcome.Result);
        Assert.Equal([IpFamily.IPv4, IpFamily.IPv6], outcome.View.FloatingIps.Select(fip => fip.Address.Family));
        Assert.Equal(
            outcome.View.FloatingIps.Select(fip => fip.Address).Order(), (await cluster.LeasesAsync(manifest.Name)).Select(lease => lease.Address).Order());
    }

    [Fact]
    public async Task Apply_SameManifestAgain_ChangesNothing()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("life", ClusterFixture.NewName("web"));
        ApplyOutcome first = await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);

        ApplyOutcome second = await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);

        Assert.Equal(ApplyResult.Unchanged, second.Result);
        Assert.Equal(first.View.ResourceVersion, second.View.ResourceVersion);
        Assert.Equal(first.View.FloatingIps, second.View.FloatingIps);
    }

    [Fact]
    public async Task Apply_ConditionalChangeRepeated_IsKnownByItsRequestAndNotByItsContents()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("life", ClusterFixture.NewName("web"));
        IServiceGrain service = cluster.Service(manifest.Name);
        ServiceManifest change = manifest with
        {
            Labels = LabelSet.Of(("count", "6")),
            ResourceVersion = (await service.Apply(manifest, dryRun: false)).View.ResourceVersion.ToString(CultureInfo.InvariantCulture),
            RequestId = Guid.NewGuid(),
        };
        ApplyOutcome first = await service.Apply(change, dryRun: false);
        await cluster.DeactivateAllAsync();

        ApplyOutcome repeated = await service.Apply(change, dryRun: false);

        Assert.Equal((ApplyResult.Unchanged, first.View.ResourceVersion), (repeated.Result, repeated.View.ResourceVersion));
        await Assert.ThrowsAsync<ConflictException>(() => service.Apply(change with { RequestId = Guid.NewGuid() }, dryRun: false));
        await service.Apply(manifest, dryRun: false);
        await Assert.ThrowsAsync<ConflictException>(() => service.Apply(change, dryRun: false));
    }

    [Fact]
    public async Task Apply_DryRun_LeasesAndStoresNothing()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("life", ClusterFixture.NewName("web"));

        await cluster.Service(manifest.Name).Apply(manifest, dryRun: true);

        Assert.Null(await cluster.Service(manifest.Name).Get());
        Assert.Empty(await cluster.LeasesAsync(manifest.Name));
    }

    [Fact]
    public async Task Apply_UpgradeThenDowngrade_KeepsThePrimaryAddress()
    {
        ServiceManifest single = ClusterFixture.Manifest("life", ClusterFixture.NewName("web"), "SingleStack");
        IServiceGrain service = cluster.Service(single.Name);
        ApplyOutcome created = await service.Apply(single, dryRun: false);

        ApplyOutcome upgraded = await service.Apply(single with { Spec = single.Spec with { IpFamilyPolicy = "PreferDualStack" } }, dryRun: false);
        ApplyOutcome downgraded = await service.Apply(single, dryRun: false);

        Assert.Equal(2, upgraded.View.FloatingIps.Count);
        Assert.Equal(created.View.FloatingIps[0], upgraded.View.FloatingIps[0]);
        Assert.Equal(created.View.FloatingIps, downgraded.View.FloatingIps);
        Assert.Single(await cluster.LeasesAsync(single.Name), lease => lease.WaitsFor is null);
    }

    [Fact]
    public async Task Apply_TakenAddress_NamesItAndLeavesNothing()
    {
        ServiceManifest holder = ClusterFixture.Manifest("life", ClusterFixture.NewName("holder"));
        IpAddress taken = (await cluster.Service(holder.Name).Apply(holder, dryRun: false)).View.FloatingIps[0].Address;
        ServiceManifest second = ClusterFixture.Manifest("life", ClusterFixture.NewName("second"));
        second = second with { Spec = second.Spec with { ClusterIP = taken.ToString() } };

        InvalidObjectException refused = await Assert.ThrowsAsync<InvalidObjectException>(() => cluster.Service(second.Name).Apply(second, dryRun: false));

        Assert.Contains($"failed to allocate IP {taken}: provided IP is already allocated", refused.Message, StringComparison.Ordinal);
        Assert.Null(await cluster.Service(second.Name).Get());
        Assert.Empty(await cluster.LeasesAsync(second.Name));
    }

    [Fact]
    public async Task Apply_StaleResourceVersion_IsAConflict()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("life", ClusterFixture.NewName("web"));
        await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);

        await Assert.ThrowsAsync<ConflictException>(() => cluster.Service(manifest.Name).Apply(manifest with { ResourceVersion = "1" }, dryRun: false));
    }

    [Fact]
    public async Task Get_AfterEveryGrainRestarted_IsTheSameService()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("life", ClusterFixture.NewName("web"));
        ServiceView before = (await cluster.Service(manifest.Name).Apply(manifest, dryRun: false)).View;

        await cluster.DeactivateAllAsync();

        ServiceView? after = await cluster.Service(manifest.Name).Get();
        Assert.NotNull(after);
        Assert.Equal((before.Uid, before.ResourceVersion), (after.Uid, after.ResourceVersion));
        Assert.Equal(before.FloatingIps, after.FloatingIps);
        Assert.Equal(2, (await cluster.LeasesAsync(manifest.Name)).Length);
    }

    [Fact]
    public async Task Delete_Service_GivesItsAddressesBack()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("life", ClusterFixture.NewName("web"));
        await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);

        await cluster.Service(manifest.Name).Delete(null);

        Assert.Null(await cluster.Service(manifest.Name).Get());
        Assert.DoesNotContain(await cluster.LeasesAsync(manifest.Name), lease => lease.WaitsFor is null);
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => cluster.Service(manifest.Name).Delete(null));
    }

    [Fact]
    public async Task Apply_ManyAtOnceForTheLastAddresses_AsManyWinAsThereAre()
    {
        string subnet = ClusterFixture.NewName("last");
        await cluster.Grains.GetGrain<ISubnetGrain>(subnet).Apply(new SubnetSpec([IpPrefix.Parse("10.97.0.0/30")], SubnetPurpose.Service));
        ServiceManifest[] manifests = [.. Enumerable.Range(1, 8).Select(i =>
        {
            ServiceManifest manifest = ClusterFixture.Manifest("last", ClusterFixture.NewName("web"), "SingleStack");
            return manifest with { Spec = manifest.Spec with { ClusterIP = $"10.97.0.{1 + (i % 2)}" } };
        })];

        bool[] won = await Task.WhenAll(manifests.Select(async manifest =>
        {
            try
            {
                await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);
                return true;
            }
            catch (InvalidObjectException)
            {
                return false;
            }
        }));

        Assert.Equal(2, won.Count(winner => winner));
        Assert.Equal(2, (await cluster.Grains.GetGrain<ISubnetGrain>(subnet).ListLeases(default, 100)).Leases.Length);
        foreach ((ServiceManifest manifest, bool winner) in manifests.Zip(won))
        {
            Assert.Equal(winner, await cluster.Service(manifest.Name).Get() is not null);
        }
    }
}
