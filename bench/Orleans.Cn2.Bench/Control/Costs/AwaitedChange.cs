using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>A change of one Service that so many workers are to acknowledge.</summary>
internal sealed class AwaitedChange(string service, int workers)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing = workers;

    /// <summary>Ends with the last acknowledgement.</summary>
    public Task Done => _done.Task;

    /// <summary>Takes what one worker acknowledged.</summary>
    public void Take(Update update)
    {
        if (update.Upserts.Any(table => table.Name == service) && Interlocked.Decrement(ref _missing) == 0)
        {
            _done.TrySetResult();
        }
    }
}
