using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Storage.Batching;

/// <summary>
/// A writer: a batch is one transaction and one sync of the disk. After any failure the connection is dropped, which rolls back, and the next batch opens a
/// new one: so the store is back as soon as the cause is gone. What differs between stores is how a batch is committed and what a failure means.
/// </summary>
internal abstract class GroupCommit<TRequest>(string location, ILogger logger) : IRequestHandler<TRequest>
    where TRequest : class, IWriteRequest
{
    private bool _failing;

    /// <summary>Name of the store in messages.</summary>
    protected string Location => location;

    public virtual void Handle(IReadOnlyList<TRequest> batch)
    {
        Exception? failure = TryCommit(batch);
        if (failure is null)
        {
            Answer(batch);
        }
        else if (batch.Count > 1 && ConcernsSingleRequest(failure))
        {
            // One write too large must not take the others of its batch with it.
            foreach (TRequest request in batch)
            {
                TRequest[] alone = [request];
                if (TryCommit(alone) is Exception own)
                {
                    request.Fail(own);
                }
                else
                {
                    Answer(alone);
                }
            }
        }
        else
        {
            foreach (TRequest request in batch)
            {
                request.Fail(failure);
            }
        }
    }

    public void Dispose() => Drop();

    /// <summary>Makes the batch durable as a whole, or throws; may be called again with a part of it. Opens a connection if there is none.</summary>
    protected abstract void Commit(IReadOnlyList<TRequest> batch);

    /// <summary>Drops the connection, if there is one.</summary>
    protected abstract void Drop();

    /// <summary>What a failure of the store means; null for one that is none of the store.</summary>
    protected abstract StorageUnavailableException? Explain(Exception exception);

    private static bool ConcernsSingleRequest(Exception failure) =>
        failure is not StorageUnavailableException unavailable || unavailable.Fault is StorageFault.Full or StorageFault.Other;

    private void Answer(IReadOnlyList<TRequest> batch)
    {
        StorageMeter.Committed(batch.Count);
        if (_failing)
        {
            _failing = false;
            StorageLog.WritesRecovered(logger, location);
        }

        foreach (TRequest request in batch)
        {
            request.Succeed();
        }
    }

    private Exception? TryCommit(IReadOnlyList<TRequest> batch)
    {
        try
        {
            Commit(batch);
            return null;
        }
        catch (Exception exception)
        {
            Exception failure = exception as StorageUnavailableException ?? Explain(exception) ?? exception;
            Drop();
            StorageMeter.Failed((failure as StorageUnavailableException)?.Fault ?? StorageFault.Other);
            if (!_failing)
            {
                _failing = true;
                StorageLog.WritesFail(logger, location, failure);
            }

            return failure;
        }
    }
}
