using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Cluster.Tests.Services;

/// <summary>A fault at every write of a create and of a delete: afterwards the Service is wholly there or wholly absent, and so are its leases.</summary>
[Collection(ClusterTests.Name)]
public sealed class ServiceCrashTests(ClusterFixture cluster)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Apply_FaultAtAnyWrite_IsWhollyThereOrAbsent(bool afterwards)
    {
        for (int write = 1; ; write++)
        {
            ServiceManifest manifest = ClusterFixture.Manifest("crash", ClusterFixture.NewName("create"));
            if (!await FailsAsync(write, afterwards, () => cluster.Service(manifest.Name).Apply(manifest, dryRun: false)))
            {
                Assert.True(write > 4, $"only {write - 1} writes make a Service: the fault is not where it should be");
                return;
            }

            await cluster.DeactivateAllAsync();
            await ConsistentAsync(manifest);
            ApplyOutcome again = await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);
            Assert.Equal(2, again.View.FloatingIps.Count);
            await ConsistentAsync(manifest);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_FaultAtAnyWrite_CanBeFinished(bool afterwards)
    {
        for (int write = 1; ; write++)
        {
            ServiceManifest manifest = ClusterFixture.Manifest("crash", ClusterFixture.NewName("delete"));
            await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);
            if (!await FailsAsync(write, afterwards, () => cluster.Service(manifest.Name).Delete(null)))
            {
                Assert.True(write > 3, $"only {write - 1} writes delete a Service: the fault is not where it should be");
                return;
            }

            await cluster.DeactivateAllAsync();
            try
            {
                await cluster.Service(manifest.Name).Delete(null);
            }
            catch (ObjectNotFoundException)
            {
                // The first attempt went through, or was finished meanwhile.
                Assert.Null(await cluster.Service(manifest.Name).Get());
            }

            await ClusterFixture.EventuallyAsync(async () =>
                await cluster.Service(manifest.Name).Get() is null
                && (await cluster.LeasesAsync(manifest.Name)).All(lease => lease.WaitsFor is not null));
        }
    }

    private static async Task<bool> FailsAsync(int write, bool afterwards, Func<Task> operation)
    {
        FaultyStorage.Arm(write, afterwards);
        try
        {
            await operation();
            return FaultyStorage.Writes >= write;
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
        {
            return true;
        }
        finally
        {
            FaultyStorage.Arm(0, false);
        }
    }

    private Task ConsistentAsync(ServiceManifest manifest) => ClusterFixture.EventuallyAsync(async () =>
    {
        ServiceView? view = await cluster.Service(manifest.Name).Get();
        LeaseView[] leases = [.. (await cluster.LeasesAsync(manifest.Name)).Where(lease => lease.WaitsFor is null)];
        return view is null
            ? leases.Length == 0
            : view.FloatingIps.Select(fip => fip.Address).Order().SequenceEqual(leases.Select(lease => lease.Address).Order());
    });
}
