using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>
/// One a silo: reads every shard, and what else vRouters need of the cluster, once for all vRouter grains of the silo. Shards are read by long polls, so
/// that a change is here as soon as its catalog grain answers and an idle shard costs one call a second. While a shard is rebuilt the last one read serves on.
/// </summary>
internal sealed class TableRelay(IGrainFactory grains, TimeProvider time, ILogger<TableRelay> log) : BackgroundService
{
    private const int EntriesPerRead = 2048;
    private static readonly ActivitySource Source = new("Orleans.Cn2.VRouters");
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FactsPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);
    private readonly ShardTable[] _shards = [.. Enumerable.Repeat(ShardTable.Empty, ShardMap.Shards)];
    private readonly ConcurrentDictionary<Signal, bool> _followers = new();
    private ClusterFacts? _facts;

    /// <summary>Names of the frontends in all shards.</summary>
    public FrontendNames Names { get; } = new();

    /// <summary>What is known of the cluster; null before the first read.</summary>
    public ClusterFacts? Facts => Volatile.Read(ref _facts);

    /// <summary>A shard as read last; <see cref="ShardTable.Empty"/> before the first read.</summary>
    public ShardTable this[int shard] => Volatile.Read(ref _shards[shard]);

    /// <summary>
    /// Raises a follower's signal after each change. One signal of its own a follower: a wait on several would leave a trace on each that did not fire.
    /// </summary>
    public void Follow(Signal follower) => _followers[follower] = true;

    /// <summary>Ends <see cref="Follow"/>.</summary>
    public void Unfollow(Signal follower) => _followers.TryRemove(follower, out _);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        [FollowClusterAsync(stoppingToken), .. Enumerable.Range(0, ShardMap.Shards).Select(shard => FollowShardAsync(shard, stoppingToken))]);

    private async Task FollowShardAsync(int shard, CancellationToken stopping)
    {
        bool failing = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                ShardChanges changes = await grains.GetGrain<ICatalogGrain>(shard).Read(_shards[shard].Version, EntriesPerRead, Wait).ConfigureAwait(false);
                if (!Take(shard, changes) && changes is { Ready: true, Complete: true })
                {
                    // An activation that another one took over from answers; it is about to end.
                    await Task.Delay(RetryDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                if (failing)
                {
                    log.ReadAgain(shard, changes.To);
                    failing = false;
                }
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                // Said once a failure, not once a retry.
                if (!failing)
                {
                    log.ReadFailed(shard, failure.Message);
                    failing = true;
                }

                await Task.Delay(RetryDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private bool Take(int shard, ShardChanges changes)
    {
        ShardTable former = _shards[shard];
        ShardTable next = former.After(changes);
        if (ReferenceEquals(former, next))
        {
            return false;
        }

        using Activity? activity = Source.StartActivity("relay.take", ActivityKind.Consumer, next.History.LastOrDefault()?.Traceparent)
            ?.SetTag("cn2.shard", shard).SetTag("cn2.version", next.Version.ToString());
        if (changes.Complete && former.Version.Epoch != next.Version.Epoch)
        {
            log.EpochTaken(shard, next.Version.Epoch, next.Services.Count);
        }

        Names.Replace(
            former, next, changes.Complete ? [.. former.Services.Keys, .. next.Services.Keys] : next.History[^1].Changed);
        Volatile.Write(ref _shards[shard], next);
        RaiseFollowers();
        return true;
    }

    private async Task FollowClusterAsync(CancellationToken stopping)
    {
        IClusterGrain cluster = grains.GetGrain<IClusterGrain>(IClusterGrain.Key);
        bool failing = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                ClusterInventory inventory = await cluster.GetInventory().ConfigureAwait(false);
                if (Facts is not { } facts || facts.Inventory.Revision != inventory.Revision)
                {
                    Volatile.Write(ref _facts, new ClusterFacts(await cluster.GetIdentity().ConfigureAwait(false), inventory));
                    RaiseFollowers();
                }

                failing = false;
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                if (!failing)
                {
                    log.ClusterFailed(failure.Message);
                    failing = true;
                }
            }

            await Task.Delay(FactsPeriod, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void RaiseFollowers()
    {
        foreach (Signal follower in _followers.Keys)
        {
            follower.Raise();
        }
    }
}
