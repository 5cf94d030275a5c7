namespace Orleans.Cn2.Forwarding.Health;

/// <summary>
/// A loop that runs until it is cancelled. It calls <paramref name="alive"/> whenever it has come round without a fault.
/// </summary>
public delegate Task SupervisedLoop(Action alive, CancellationToken cancellation);

/// <summary>Keeps background loops going: a fault is recorded, and the loop begun anew after a growing delay.</summary>
public sealed class Supervisor(HealthBook health, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Runs a loop until <paramref name="cancellation"/> fires, or the loop returns because its work is done. Never throws.</summary>
    /// <param name="part">Its name in the book.</param>
    /// <param name="loop">The loop; whatever it throws is a fault.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(string part, SupervisedLoop loop, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(loop);
        Backoff backoff = new(Random.Shared.NextDouble);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await loop(Alive, cancellation).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                health.Fault(part, failure);
            }

            await Task.Delay(backoff.Next(), _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void Alive()
        {
            backoff.Reset();
            health.Recover(part);
        }
    }

    /// <summary>Does a piece of work each period.</summary>
    public Task EveryAsync(string part, TimeSpan period, Action work, CancellationToken cancellation) => RunAsync(
        part,
        async (alive, stop) =>
        {
            using PeriodicTimer timer = new(period, _time);
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                work();
                alive();
            }
        },
        cancellation);
}
