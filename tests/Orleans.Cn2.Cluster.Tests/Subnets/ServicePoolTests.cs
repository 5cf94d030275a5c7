using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Grains;

namespace Orleans.Cn2.Cluster.Tests.Subnets;

/// <summary>Services against a default subnet of two addresses.</summary>
[Collection(SmallClusterTests.Name)]
public sealed class ServicePoolTests(SmallClusterFixture cluster)
{
    [Fact]
    public async Task Apply_ManyAtOnceForTheLastFreeAddress_OneWinsAndTheOthersLeaveNothing()
    {
        ServiceManifest first = ClusterFixture.Manifest("pool", ClusterFixture.NewName("first"), "SingleStack");
        await Service(first).Apply(first, dryRun: false);
        ServiceManifest[] manifests = [.. Enumerable.Range(0, 8).Select(_ => ClusterFixture.Manifest("pool", ClusterFixture.NewName("web"), "SingleStack"))];
        Task<ApplyOutcome>[] attempts = [.. manifests.Select(manifest => Service(manifest).Apply(manifest, dryRun: false))];
        await Task.WhenAll(attempts.Select(async attempt => await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)));

        ServiceView winner = (await Assert.Single(attempts, attempt => attempt.IsCompletedSuccessfully)).View;
        foreach ((ServiceManifest manifest, Task<ApplyOutcome> attempt) in manifests.Zip(attempts).Where(pair => pair.Second.IsFaulted))
        {
            PoolExhaustedException refused = Assert.IsType<PoolExhaustedException>(attempt.Exception!.InnerException);
            Assert.Equal(
                $"Internal error occurred: failed to allocate a serviceIP for Service \"{manifest.Name.Name}\": range is full", refused.Message);
            Assert.Null(await Service(manifest).Get());
        }

        LeaseView[] leases = [.. (await cluster.Subnet(Cn2GrainsOptions.DefaultSubnet).ListLeases(default, 10)).Leases];
        Assert.Equal([first.Name, winner.Name], leases.OrderBy(lease => lease.Owner == first.Name ? 0 : 1).Select(lease => lease.Owner));

        await FurtherSubnetAsync(manifests.First(manifest => manifest.Name != winner.Name));
        await Task.WhenAll(new[] { first.Name, winner.Name }.Select(name => cluster.Grains.GetGrain<IServiceGrain>(name.ToString()).Delete(null)));
    }

    // The default subnet is full: a further service subnet is claimed from.
    private async Task FurtherSubnetAsync(ServiceManifest manifest)
    {
        ISubnetGrain further = cluster.Subnet("further");
        await further.Apply(new SubnetSpec([IpPrefix.Parse("10.99.0.0/30")], SubnetPurpose.Service));

        FloatingIp fip = Assert.Single((await Service(manifest).Apply(manifest, dryRun: false)).View.FloatingIps);

        Assert.Equal("further", fip.Subnet);
        Assert.True(IpPrefix.Parse("10.99.0.0/30").Contains(fip.Address));
        await Service(manifest).Delete(null);
        await ClusterFixture.EventuallyAsync(async () =>
        {
            await further.Sweep();
            return (await further.Get())!.Usage[0] is { Allocated: 0, Quarantined: 0 };
        });
        await further.Delete();
    }

    private IServiceGrain Service(ServiceManifest manifest) => cluster.Grains.GetGrain<IServiceGrain>(manifest.Name.ToString());
}
