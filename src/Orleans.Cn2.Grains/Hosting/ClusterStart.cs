using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.Hosting;

/// <summary>
/// What a silo does once it is up: it makes the default service subnet if there is none, and touches every shard, whose activation finds the Services
/// again, and every namespace, which reads the nodes.
/// </summary>
internal sealed class ClusterStart(IGrainFactory grains, IOptions<Cn2GrainsOptions> options, TimeProvider time, ILogger<ClusterStart> log) : BackgroundService
{
    private const int NamespacesOfCore = 64;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await BeginAsync(stoppingToken).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                log.StartRepeated(failure.Message);
                await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task BeginAsync(CancellationToken stopping)
    {
        if (!options.Value.ServiceCidrs.IsDefaultOrEmpty)
        {
            SubnetSpec spec = new(options.Value.ServiceCidrs, SubnetPurpose.Service);
            await grains.GetGrain<ISubnetGrain>(Cn2GrainsOptions.DefaultSubnet).Apply(spec).ConfigureAwait(false);
        }

        ClusterInventory inventory = await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory().ConfigureAwait(false);
        await Task.WhenAll(
            [WakeAsync(inventory.Namespaces, stopping), .. Enumerable.Range(0, ShardMap.Shards).Select(shard => grains.GetGrain<ICatalogGrain>(shard).GetStatus())]).ConfigureAwait(false);
    }

    // One that can't be woken now is by the first of its Services.
    private async Task WakeAsync(ImmutableArray<string> namespaces, CancellationToken stopping) =>
        await Parallel.ForEachAsync(
            namespaces,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount * NamespacesOfCore, CancellationToken = stopping },
            async (ns, _) => await grains.GetGrain<INamespaceGrain>(ns).Wake().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)).ConfigureAwait(false);
}
