using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Grains;

namespace Orleans.Cn2.Cluster.Tests.Services;

/// <summary>Addresses of Services whose leases were lost, as after a restore of a part of the store.</summary>
[Collection(ClusterTests.Name)]
public sealed class LeaseAuditTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Audit_AddressesWithoutALease_AreLeasedAgain()
    {
        using Findings findings = new();
        ServiceManifest manifest = ClusterFixture.Manifest("audit", ClusterFixture.NewName("web"));
        ServiceView view = (await cluster.Service(manifest.Name).Apply(manifest, dryRun: false)).View;

        await LoseLeasesAsync(view);

        await ClusterFixture.EventuallyAsync(async () => (await cluster.LeasesAsync(manifest.Name)).Length == 2);
        Assert.Equal(
            view.FloatingIps.Select(fip => fip.Address).Order(), (await cluster.LeasesAsync(manifest.Name)).Select(lease => lease.Address).Order());
        await ClusterFixture.EventuallyAsync(() => Task.FromResult(findings.Of("lease_missing") >= 2));
        await cluster.Service(manifest.Name).Delete(null);
    }

    [Fact]
    public async Task Audit_AddressThatAnotherHas_IsLeftToItAndReported()
    {
        using Findings findings = new();
        ServiceManifest manifest = ClusterFixture.Manifest("audit", ClusterFixture.NewName("web"), "SingleStack");
        FloatingIp fip = (await cluster.Service(manifest.Name).Apply(manifest, dryRun: false)).View.FloatingIps[0];
        ServiceManifest other = ClusterFixture.Manifest("audit", ClusterFixture.NewName("other"), "SingleStack");
        await ClusterFixture.EventuallyAsync(async () =>
        {
            await LoseLeasesAsync((await cluster.Service(manifest.Name).Get())!);
            try
            {
                await cluster.Service(other.Name).Apply(other with { Spec = other.Spec with { ClusterIP = fip.Address.ToString() } }, dryRun: false);
                return true;
            }
            catch (InvalidObjectException)
            {
                // The audit was quicker, and leased it again.
                return false;
            }
        });

        await cluster.Service(manifest.Name).VerifyAddresses();

        await ClusterFixture.EventuallyAsync(() => Task.FromResult(findings.Of("address_lost") > 0));
        Assert.Equal(fip.Address, Assert.Single(await cluster.LeasesAsync(other.Name)).Address);
        Assert.Empty(await cluster.LeasesAsync(manifest.Name));
        await cluster.Service(manifest.Name).Delete(null);
        await cluster.Service(other.Name).Delete(null);
    }

    [Fact]
    public async Task Audit_LeaseThatItsServiceDoesNotKnow_IsGivenBackAndCounted()
    {
        using Findings findings = new();
        ServiceManifest manifest = ClusterFixture.Manifest("audit", ClusterFixture.NewName("web"));
        ServiceView view = (await cluster.Service(manifest.Name).Apply(manifest, dryRun: false)).View;

        // As by a claim that took effect after whoever made it had given up on it.
        ClaimRequest late = new(Guid.NewGuid(), view.Uid, manifest.Name, IpFamily.IPv4, null);
        Assert.Equal(ClaimStatus.Granted, (await cluster.Grains.GetGrain<ISubnetGrain>(Cn2GrainsOptions.DefaultSubnet).Claim(late)).Status);

        await ClusterFixture.EventuallyAsync(() => Task.FromResult(findings.Of("stray_lease") > 0));
        await ClusterFixture.EventuallyAsync(async () => (await cluster.LeasesAsync(manifest.Name)).Count(lease => lease.WaitsFor is null) == 2);
        await cluster.Service(manifest.Name).Delete(null);
    }

    private Task LoseLeasesAsync(ServiceView view) => cluster.Grains.GetGrain<ISubnetGrain>(Cn2GrainsOptions.DefaultSubnet).Release(
        [.. view.FloatingIps.Select(fip => new ReleaseRequest(fip.ClaimId, fip.Address, fip.Address.Family, Fence.None))]);

    private sealed class Findings : IDisposable
    {
        private readonly ConcurrentDictionary<string, long> _causes = [];
        private readonly MeterListener _listener = new();

        public Findings()
        {
            _listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "cn2.audit.findings")
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
                _causes.AddOrUpdate((string)tags.ToArray().Single(tag => tag.Key == "cause").Value!, value, (_, sum) => sum + value));
            _listener.Start();
        }

        public long Of(string cause) => _causes.GetValueOrDefault(cause);

        public void Dispose() => _listener.Dispose();
    }
}
