using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Cn2.Grains.Progress;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>
/// One a silo: reads every shard once for all vRouter grains of the silo, and reports what their workers acknowledged. It reads by long polls, so that a
/// change is here as soon as its catalog grain answers and an idle shard costs one call a second.
/// </summary>
internal sealed class TableRelay(IGrainFactory grains, TimeProvider time, ILogger<TableRelay> log) : BackgroundService
{
    private const int EntriesPerRead = 2048;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CoalesceDelay = TimeSpan.FromMilliseconds(5);
    private readonly ShardTable[] _shards = [.. Enumerable.Repeat(ShardTable.Empty, ShardMap.Shards)];
    private readonly ConcurrentDictionary<string, NodeProgress> _progress = new();
    private readonly Signal _acknowledged = new();

    /// <summary>Raised after each change of a shard.</summary>
    public Signal Changed { get; } = new();

    /// <summary>A shard as read last; <see cref="ShardTable.Empty"/> before the first read.</summary>
    public ShardTable this[int shard] => Volatile.Read(ref _shards[shard]);

    /// <summary>Notes what a vRouter of this silo acknowledged.</summary>
    public void Acknowledge(NodeProgress progress)
    {
        _progress[progress.Node] = progress;
        _acknowledged.Raise();
    }

    /// <summary>A vRouter moved to another silo, which reports for it now.</summary>
    public void Forget(string node) => _progress.TryRemove(node, out _);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        [ReportAsync(stoppingToken), .. Enumerable.Range(0, ShardMap.Shards).Select(shard => FollowAsync(shard, stoppingToken))]);

    private async Task FollowAsync(int shard, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                ShardTable table = _shards[shard];
                ShardChanges changes = await grains.GetGrain<ICatalogGrain>(shard).Read(table.Version, EntriesPerRead, Wait).ConfigureAwait(false);
                if (changes.Ready && (changes.Complete || changes.To != table.Version))
                {
                    Volatile.Write(ref _shards[shard], table.After(changes));
                    Changed.Raise();
                }
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                log.ReadFailed(shard, failure.Message);
                await Task.Delay(RetryDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ReportAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Task next = _acknowledged.Next;
            try
            {
                ImmutableArray<NodeProgress> report = [.. _progress.Values];
                if (!report.IsEmpty)
                {
                    await grains.GetGrain<IProgressGrain>(IProgressGrain.Key).Report(report).ConfigureAwait(false);
                }

                await Signal.WaitAsync(next, ProgressGrain.ReportPeriod, time).ConfigureAwait(false);
                await Task.Delay(CoalesceDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                log.ReportFailed(failure.Message);
                await Task.Delay(RetryDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
