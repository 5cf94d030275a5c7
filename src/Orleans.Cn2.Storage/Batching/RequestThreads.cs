using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Storage.Batching;

/// <summary>
/// Threads that take requests from one bounded queue. A store blocks on disk or network, so it gets threads of its own instead of
/// those of the pool; a full queue makes callers wait without blocking a thread.
/// </summary>
internal sealed class RequestThreads<TRequest>
    where TRequest : class, IPendingRequest
{
    private readonly Channel<TRequest> _queue;
    private readonly Task[] _ends;
    private readonly int _maxBatch;
    private readonly string _location;
    private readonly ILogger _logger;

    public RequestThreads(
        string name, string location, int capacity, int maxBatch, IReadOnlyList<IRequestHandler<TRequest>> handlers, ILogger logger)
    {
        _location = location;
        _maxBatch = maxBatch;
        _logger = logger;
        _queue = Channel.CreateBounded<TRequest>(new BoundedChannelOptions(capacity)
        {
            SingleReader = handlers.Count == 1,
            AllowSynchronousContinuations = false,
        });
        _ends = [.. handlers.Select((handler, index) => Start($"{name}-{index}", handler))];
    }

    /// <summary>Queues a request, waiting while the queue is full.</summary>
    /// <exception cref="StorageUnavailableException">The threads are stopped or stopping.</exception>
    public async ValueTask EnqueueAsync(TRequest request)
    {
        if (_queue.Writer.TryWrite(request))
        {
            return;
        }

        try
        {
            await _queue.Writer.WriteAsync(request);
        }
        catch (ChannelClosedException exception)
        {
            throw Closed(exception);
        }
    }

    /// <summary>Refuses new requests, answers the queued ones, ends the threads.</summary>
    public Task StopAsync()
    {
        _queue.Writer.TryComplete();
        return Task.WhenAll(_ends);
    }

    private Task Start(string name, IRequestHandler<TRequest> handler)
    {
        TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() => Run(handler, end)) { IsBackground = true, Name = name };
        thread.Start();
        return end.Task;
    }

    private void Run(IRequestHandler<TRequest> handler, TaskCompletionSource end)
    {
        try
        {
            using (handler)
            {
                List<TRequest> batch = [];
                while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                {
                    HandleBatch(handler, batch);
                }
            }
        }
        catch (Exception exception)
        {
            StorageLog.ThreadEnded(_logger, _location, exception);
        }
        finally
        {
            // The channel is closed on every way out, so that nobody waits for a thread that is gone.
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out TRequest? request))
            {
                request.Fail(Closed(null));
            }

            end.SetResult();
        }
    }

    private void HandleBatch(IRequestHandler<TRequest> handler, List<TRequest> batch)
    {
        try
        {
            while (batch.Count < _maxBatch && _queue.Reader.TryRead(out TRequest? request))
            {
                batch.Add(request);
            }

            if (batch.Count > 0)
            {
                handler.Handle(batch);
            }
        }
        catch (Exception exception)
        {
            StorageLog.HandlerFailed(_logger, batch.Count, _location, exception);
            foreach (TRequest request in batch)
            {
                request.Fail(exception);
            }
        }
        finally
        {
            batch.Clear();
        }
    }

    private StorageUnavailableException Closed(Exception? inner) =>
        new(StorageFault.Closed, _location, "the store is closed", inner);
}
