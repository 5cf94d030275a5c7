using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Sockets;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Lab.Traffic;

/// <summary>Sends requests by several loops and keeps count.</summary>
internal sealed class LoadRun : IDisposable
{
    private readonly TrafficPlan _plan;
    private readonly Func<NetworkNamespace?, TrafficPlan, HttpConnection?, CancellationToken, Task<Exchange>> _exchange;
    private readonly NetworkNamespace? _namespace;
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _latencies = [];
    private readonly Dictionary<string, int> _backends = [];
    private readonly Dictionary<string, int> _failures = [];
    private readonly long _begin = Stopwatch.GetTimestamp();
    private long _last;
    private int _begun;

    public LoadRun(TrafficPlan plan, Func<NetworkNamespace?, TrafficPlan, HttpConnection?, CancellationToken, Task<Exchange>> exchange)
    {
        _plan = plan;
        _exchange = exchange;
        _last = _begin;
        _namespace = plan.NetworkNamespace is null ? null : NetworkNamespace.Open(plan.NetworkNamespace);
    }

    /// <summary>Sends up to <paramref name="limit"/> requests, or until <paramref name="stop"/>; those under way are finished.</summary>
    public async Task RunAsync(int limit, CancellationToken stop, CancellationToken abort)
    {
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, Math.Max(1, _plan.Concurrency)).Select(_ => Task.Run(async () =>
        {
            HttpConnection? kept = null;
            try
            {
                while (!stop.IsCancellationRequested && Interlocked.Increment(ref next) <= limit)
                {
                    kept = await OneAsync(kept, abort);
                    if (_plan.Pause > TimeSpan.Zero)
                    {
                        await Task.Delay(_plan.Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    }
                }
            }
            finally
            {
                await (kept?.DisposeAsync() ?? ValueTask.CompletedTask);
            }
        }, CancellationToken.None)));
    }

    public TrafficReport Report()
    {
        lock (_lock)
        {
            TimeSpan[] sorted = [.. _latencies.Order()];
            return new()
            {
                Sent = _begun,
                Succeeded = sorted.Length,
                Backends = _backends.ToImmutableSortedDictionary(),
                Failures = _failures.ToImmutableSortedDictionary(),
                P50 = Percentiles.Of(sorted, 50),
                P99 = Percentiles.Of(sorted, 99),
                Max = Percentiles.Of(sorted, 100),
                Elapsed = Stopwatch.GetElapsedTime(_begin, _last),
            };
        }
    }

    public void Dispose() => _namespace?.Dispose();

    private async Task<HttpConnection?> OneAsync(HttpConnection? kept, CancellationToken abort)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(abort);
        limit.CancelAfter(_plan.Timeout);
        long begin = Stopwatch.GetTimestamp();
        try
        {
            Exchange done = await _exchange(_namespace, _plan, kept, limit.Token);
            Count(_backends, done.Backend, Stopwatch.GetElapsedTime(begin));
            _plan.Answered?.Invoke(done.Backend);
            return done.Kept;
        }
        catch (Exception e) when (e is TrafficException or SocketException || (e is OperationCanceledException && !abort.IsCancellationRequested))
        {
            Count(_failures, e switch
            {
                OperationCanceledException => "timeout",
                SocketException s => $"socket: {s.SocketErrorCode}",
                _ => e.Message,
            }, null);
            return null;
        }
    }

    private void Count(Dictionary<string, int> counts, string key, TimeSpan? latency)
    {
        lock (_lock)
        {
            _begun++;
            _last = Stopwatch.GetTimestamp();
            counts[key] = counts.GetValueOrDefault(key) + 1;
            if (latency is { } took)
            {
                _latencies.Add(took);
            }
        }
    }
}

/// <summary>A request answered by a back end; the connection is kept where another request may use it.</summary>
internal readonly record struct Exchange(string Backend, HttpConnection? Kept);

/// <summary>Percentiles by nearest rank.</summary>
internal static class Percentiles
{
    /// <summary>The smallest value that at least <paramref name="percent"/> of all do not exceed; zero of none.</summary>
    public static TimeSpan Of(TimeSpan[] sorted, int percent) => sorted.Length == 0
        ? TimeSpan.Zero : sorted[Math.Clamp((sorted.Length * percent + 99) / 100 - 1, 0, sorted.Length - 1)];
}
