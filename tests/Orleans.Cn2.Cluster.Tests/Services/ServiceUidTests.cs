using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Cluster.Tests.Services;

/// <summary>Tables are kept by uid, so no Service may get into the tables under that of another one.</summary>
[Collection(ClusterTests.Name)]
public sealed class ServiceUidTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Apply_UidOfAnotherServiceOfTheShard_LeavesThatOneInTheTables()
    {
        ServiceManifest owner = ClusterFixture.Manifest("bank", ClusterFixture.NewName("web"));
        ApplyOutcome owned = await cluster.Service(owner.Name).Apply(owner, dryRun: false);
        int shard = ShardMap.ShardOf(owner.Name);
        ServiceManifest other = Enumerable.Range(0, int.MaxValue)
            .Select(number => ClusterFixture.Manifest("shop", ClusterFixture.NewName($"z{number}")))
            .First(manifest => ShardMap.ShardOf(manifest.Name) == shard) with { Uid = owned.View.Uid, AssignsUid = true };

        FailedPreconditionException refused = await Assert.ThrowsAsync<FailedPreconditionException>(() => cluster.Service(other.Name).Apply(other, dryRun: false));

        Assert.Contains($"metadata.uid: {owned.View.Uid} is that of {owner.Name}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(owner.Name, await HolderAsync());
        await cluster.Service(owner.Name).Delete(null);
        await ClusterFixture.EventuallyAsync(async () => await HolderAsync() == other.Name);

        async Task<Core.NamespacedName?> HolderAsync()
        {
            ShardChanges all = await cluster.Grains.GetGrain<ICatalogGrain>(shard).Read(ShardVersion.None, 1, TimeSpan.Zero);
            return all.Upserts.SingleOrDefault(entry => entry.Entry.Uid == owned.View.Uid)?.Entry.Name;
        }
    }

    [Fact]
    public async Task Apply_UidOfANewServiceWithoutTheRight_LeasesNothing()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("shop", ClusterFixture.NewName("web")) with { Uid = Guid.NewGuid() };

        await Assert.ThrowsAsync<InvalidObjectException>(() => cluster.Service(manifest.Name).Apply(manifest, dryRun: false));

        Assert.Null(await cluster.Service(manifest.Name).Get());
        Assert.Empty(await cluster.LeasesAsync(manifest.Name));
    }
}
