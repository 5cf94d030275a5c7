using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>What a worker was sent and acknowledged, until it holds so many Services.</summary>
internal sealed class TableTally(int services)
{
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<uint> _shards = [];
    private int _services;

    /// <summary>Ends when all of it is acknowledged.</summary>
    public Task Complete => _complete.Task;

    /// <summary>Takes one chunk; the last one of a shard is the one that is acknowledged.</summary>
    public void Take(Update update)
    {
        lock (_shards)
        {
            _services += update.Upserts.Count;
            if (update.LastChunk)
            {
                _shards.Add(update.To.Shard);
            }

            if (_services >= services && update.LastChunk)
            {
                _complete.TrySetResult();
            }
        }
    }
}
