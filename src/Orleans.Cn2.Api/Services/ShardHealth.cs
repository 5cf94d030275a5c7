using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Api.Services;

/// <summary>Healthy when every shard of the catalog is ready to be served.</summary>
internal sealed class ShardHealth(IGrainFactory grains, TimeProvider time) : IHealthCheck
{
    // Shorter than probes wait: an answer that says no is better than none.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ShardStatus[] shards;
        try
        {
            shards = await Task.WhenAll(Enumerable.Range(0, ShardMap.Shards).Select(shard => grains.GetGrain<ICatalogGrain>(shard).GetStatus()))
                .WaitAsync(Bound, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"the shards don't answer: {failure.Message}");
        }

        int ready = shards.Count(shard => shard.Ready);
        return ready == shards.Length
            ? HealthCheckResult.Healthy($"{ready} shards ready")
            : HealthCheckResult.Unhealthy($"{ready} of {shards.Length} shards ready");
    }
}
