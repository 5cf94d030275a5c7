using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Core;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Tests.Watching;

/// <summary>A watch whose watcher takes events only as often as a test lets it.</summary>
internal sealed class WatchRun : IAsyncDisposable
{
    private readonly SemaphoreSlim _taken = new(0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();
    private readonly List<WatchEvent> _events = [];
    private readonly Task _run;

    public WatchRun(ObjectBoard board, IReadOnlyDictionary<NamespacedName, string> known, ListOptions? options = null)
    {
        _run = new Watch(board, ListPage.Of(options), known, SendAsync).RunAsync(_ended.Token);
    }

    /// <summary>What was sent so far; the last one may not be taken yet.</summary>
    public IReadOnlyList<WatchEvent> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Lets the watcher take so many events.</summary>
    public void Take(int count) => _taken.Release(count);

    /// <summary>Waits until the events fulfil a condition.</summary>
    public async Task UntilAsync(Func<IReadOnlyList<WatchEvent>, bool> condition)
    {
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(2));
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!condition(Events))
        {
            Assert.False(_run.IsCompleted, _run.Exception?.ToString());
            await poll.WaitForNextTickAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
        _taken.Dispose();
    }

    private async Task SendAsync(WatchEvent told)
    {
        lock (_gate)
        {
            _events.Add(told);
        }

        await _taken.WaitAsync(_ended.Token);
    }
}
