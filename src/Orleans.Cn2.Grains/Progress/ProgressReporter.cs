using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Progress;

/// <summary>
/// One a silo: tells the progress grain what the silo's vRouters acknowledged. What changed is told at once, what changes while a report is under way
/// with the next one, and everything again each period: so a progress grain that started anew learns it, and a silo that died falls silent.
/// </summary>
internal sealed class ProgressReporter(IGrainFactory grains, TimeProvider time, ILogger<ProgressReporter> log) : BackgroundService
{
    /// <summary>Everything is repeated this often.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan CoalesceDelay = TimeSpan.FromMilliseconds(5);
    private readonly ConcurrentDictionary<string, NodeProgress> _nodes = new();
    private readonly ConcurrentDictionary<string, NodeProgress> _changed = new();
    private readonly Signal _acknowledged = new();

    /// <summary>Notes what a vRouter of this silo acknowledged.</summary>
    public void Note(NodeProgress progress)
    {
        _nodes[progress.Node] = progress;
        _changed[progress.Node] = progress;
        _acknowledged.Raise();
    }

    /// <summary>Notes it and waits until the progress grain knows it.</summary>
    public Task TellAsync(NodeProgress progress)
    {
        _nodes[progress.Node] = progress;
        return grains.GetGrain<IProgressGrain>(IProgressGrain.Key).Report([progress]);
    }

    /// <summary>The vRouter is no longer on this silo.</summary>
    public void Forget(string node)
    {
        _nodes.TryRemove(node, out _);
        _changed.TryRemove(node, out _);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IProgressGrain progress = grains.GetGrain<IProgressGrain>(IProgressGrain.Key);
        long toldAll = 0;
        bool failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            Task next = _acknowledged.Next;
            try
            {
                bool all = failing || toldAll == 0 || time.GetElapsedTime(toldAll) >= Period;
                ImmutableArray<NodeProgress> report = Take(all);
                if (all)
                {
                    toldAll = time.GetTimestamp();
                }

                if (!report.IsEmpty)
                {
                    await progress.Report(report).ConfigureAwait(false);
                }

                failing = false;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                if (!failing)
                {
                    log.ReportFailed(failure.Message);
                    failing = true;
                }

                next = Task.Delay(Period, time, stoppingToken);
            }

            await Signal.WaitAsync(next, Period, time).ConfigureAwait(false);
            await Task.Delay(CoalesceDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ImmutableArray<NodeProgress> Take(bool all)
    {
        List<NodeProgress> changed = [];
        foreach (string node in _changed.Keys)
        {
            if (_changed.TryRemove(node, out NodeProgress? progress))
            {
                changed.Add(progress);
            }
        }

        return all ? [.. _nodes.Values] : [.. changed];
    }
}
