namespace Orleans.Cn2.Grains.Hosting;

/// <summary>Wakes whoever waits for the next change. A waiter takes <see cref="Next"/> before it looks, so that no change falls between.</summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = Fresh();

    /// <summary>Completes with the next <see cref="Raise"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes all waiters.</summary>
    public void Raise() => Interlocked.Exchange(ref _next, Fresh()).TrySetResult();

    /// <summary>Waits for a change, at most this long. A wait that ends by the limit leaves nothing behind on the signal.</summary>
    public static async Task WaitAsync(Task change, TimeSpan limit, TimeProvider time) =>
        await change.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
