using Google.Protobuf.Collections;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Core;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Watching;

/// <summary>Keeps a board as the grains stand while anybody watches it, once for all watchers of a kind in this process.</summary>
internal abstract class ObjectFeed(IHostApplicationLifetime lifetime, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);
    private readonly Lock _gate = new();
    private ObjectBoard? _board;
    private CancellationTokenSource? _running;
    private int _watchers;

    /// <summary>What is watched, in a log line.</summary>
    protected abstract string Kind { get; }

    /// <summary>Watches until the token fires.</summary>
    /// <param name="page">Which objects.</param>
    /// <param name="known">What the watcher knows already.</param>
    /// <param name="send">Sends an event; its end is waited for.</param>
    /// <param name="cancellation">The watcher left.</param>
    /// <exception cref="FieldException">What is known can't be read.</exception>
    public async Task WatchAsync(ListPage page, RepeatedField<KnownObject> known, Func<WatchEvent, Task> send, CancellationToken cancellation)
    {
        IReadOnlyDictionary<NamespacedName, string> had = Watch.Known(known);
        ObjectBoard board = Enter();
        try
        {
            using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
            await new Watch(board, page, had, send).RunAsync(ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "this server is stopping: go on with what you know at another, or here again"));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Fills the board, tells that it is filled, and follows changes until the token fires.</summary>
    protected abstract Task RunAsync(ObjectBoard board, CancellationToken stopping);

    /// <summary>Repeats a step until the token fires. One that fails is told once and tried again: the grains it asks may be starting.</summary>
    protected async Task RepeatAsync(Func<Task> step, CancellationToken stopping)
    {
        bool failing = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await step().ConfigureAwait(false);
                failing = false;
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                if (!failing)
                {
                    log.FeedFailed(Kind, failure.Message);
                    failing = true;
                }

                await PauseAsync(RetryDelay, stopping).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Tells that an object can't be read.</summary>
    protected void Told(NamespacedName name, string cause) => log.FeedFailed($"{Kind} \"{name.Name}\"", cause);

    /// <summary>Waits; ends early when the token fires.</summary>
    protected async Task PauseAsync(TimeSpan pause, CancellationToken stopping) =>
        await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private ObjectBoard Enter()
    {
        lock (_gate)
        {
            _watchers++;
            if (_board is null)
            {
                ObjectBoard board = new();
                CancellationTokenSource running = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
                (_board, _running) = (board, running);
                _ = Task.Run(() => FollowAsync(board, running.Token), CancellationToken.None);
            }

            return _board;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_watchers == 0)
            {
                _running!.Cancel();
                _running.Dispose();
                (_board, _running) = (null, null);
            }
        }
    }

    private async Task FollowAsync(ObjectBoard board, CancellationToken stopping)
    {
        try
        {
            await RunAsync(board, stopping).ConfigureAwait(false);
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            // Each step is tried again by itself: what ends here is a defect.
            log.FeedEnded(Kind, failure);
        }
        catch (Exception ended) when (stopping.IsCancellationRequested)
        {
            log.FeedStopped(Kind, ended.GetType().Name);
        }
    }
}
