using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Grains.Services;
using Orleans.Cn2.Grains.Subnets;
using Orleans.Storage;

namespace Orleans.Cn2.Cluster.Tests.Subnets;

/// <summary>
/// A second activation, as a partition may make one, is a second handle on the same records: whatever the first believes, no address gets two owners (I1).
/// </summary>
[Collection(SmallClusterTests.Name)]
public sealed class DuplicateActivationTests(SmallClusterFixture cluster)
{
    [Fact]
    public async Task BlockStore_TwoHandles_TheStaleOneCannotWrite()
    {
        GrainId subnet = cluster.Subnet(ClusterFixture.NewName("handles")).GetGrainId();
        BlockKey key = new(IpFamily.IPv4, 3);
        BlockStore first = new(cluster.Storage, subnet);
        BlockStore second = new(cluster.Storage, subnet);
        await first.ReadAsync(key);
        await second.ReadAsync(key);
        await first.WriteAsync(key, Block(key, 1));

        await Assert.ThrowsAsync<InconsistentStateException>(() => second.WriteAsync(key, Block(key, 2)));

        Assert.Equal([1], (await new BlockStore(cluster.Storage, subnet).ReadAsync(key)).Leases.Keys);
    }

    [Fact]
    public async Task BlockStore_BlockEmptiedAndFilledAgain_StaleHandleCannotWrite()
    {
        GrainId subnet = cluster.Subnet(ClusterFixture.NewName("handles")).GetGrainId();
        BlockKey key = new(IpFamily.IPv6, 0);
        BlockStore first = new(cluster.Storage, subnet);
        BlockStore second = new(cluster.Storage, subnet);
        await first.WriteAsync(key, Block(key, 1));
        await second.ReadAsync(key);
        await first.WriteAsync(key, LeaseBlock.Empty(0));
        await first.WriteAsync(key, Block(key, 5));

        await Assert.ThrowsAsync<InconsistentStateException>(() => second.WriteAsync(key, Block(key, 1)));
    }

    [Fact]
    public async Task Claim_BlockWrittenByAnother_GrantsNothingThatIsTaken()
    {
        ISubnetGrain subnet = await cluster.NewSubnetAsync("10.40.0.0/29");
        await subnet.Claim(SmallClusterFixture.Claim("10.40.0.1"));
        BlockStore other = new(cluster.Storage, subnet.GetGrainId());
        BlockKey key = new(IpFamily.IPv4, 0);
        LeaseBlock stored = await other.ReadAsync(key);
        await other.WriteAsync(key, stored with { Leases = stored.Leases.Add(2, Lease()) });

        await Assert.ThrowsAnyAsync<Exception>(() => subnet.Claim(SmallClusterFixture.Claim("10.40.0.2")));

        ClaimAnswer again = default;
        await ClusterFixture.EventuallyAsync(async () =>
        {
            Task<ClaimAnswer> attempt = subnet.Claim(SmallClusterFixture.Claim("10.40.0.2"));
            await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            again = attempt.IsCompletedSuccessfully ? attempt.Result : default;
            return attempt.IsCompletedSuccessfully;
        });
        Assert.Equal(ClaimStatus.Taken, again.Status);
        Assert.Equal(2, (await subnet.ListLeases(default, 10)).Leases.Length);
    }

    [Fact]
    public async Task Apply_ServiceWrittenByAnother_FailsAndChangesNothing()
    {
        ServiceManifest manifest = new()
        {
            Name = new NamespacedName("twice", ClusterFixture.NewName("web")),
            Spec = new ServiceSpec { ClusterIP = "None", Ports = [new ServicePortSpec { Port = 80 }] },
        };
        IServiceGrain service = cluster.Grains.GetGrain<IServiceGrain>(manifest.Name.ToString());
        ServiceView created = (await service.Apply(manifest, dryRun: false)).View;
        Orleans.GrainState<ServiceState> record = new() { State = new ServiceState() };
        await cluster.Storage.ReadStateAsync("service", service.GetGrainId(), record);
        await cluster.Storage.WriteStateAsync("service", service.GetGrainId(), record);
        ServiceManifest changed = manifest with { Spec = manifest.Spec with { PublishNotReadyAddresses = true } };

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => service.Apply(changed, dryRun: false));

        Assert.Equal(created.ResourceVersion, (await service.Get())!.ResourceVersion);
        await ClusterFixture.EventuallyAsync(async () => await TryApplyAsync(service, changed) == ApplyResult.Configured);
        Assert.True((await service.Get())!.Admitted.Spec.PublishNotReadyAddresses);
    }

    private static async Task<ApplyResult?> TryApplyAsync(IServiceGrain service, ServiceManifest manifest)
    {
        try
        {
            return (await service.Apply(manifest, dryRun: false)).Result;
        }
        catch (OutcomeUnknownException)
        {
            return null;
        }
    }

    private static LeaseBlock Block(BlockKey key, byte position) =>
        LeaseBlock.Empty(key.Index) with { Leases = LeaseBlock.Empty(0).Leases.Add(position, Lease()) };

    private static Lease Lease() => new(Guid.NewGuid(), Guid.NewGuid(), new NamespacedName("others", "other"), "ClusterIP", DateTimeOffset.UnixEpoch.AddYears(200));
}
