namespace Orleans.Cn2.Forwarding.Health;

/// <summary>
/// Delays between attempts: doubling from 100 ms to 5 s, each drawn between half and the whole, so that those who fail together do not come in
/// step.
/// </summary>
/// <param name="random">Numbers from 0 up to and without 1.</param>
public sealed class Backoff(Func<double> random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private TimeSpan _next = First;

    /// <summary>The delay before the next attempt.</summary>
    public TimeSpan Next()
    {
        TimeSpan delay = _next * (0.5 + (random() / 2));
        _next = TimeSpan.FromTicks(Math.Min(_next.Ticks * 2, Longest.Ticks));
        return delay;
    }

    /// <summary>An attempt succeeded: the next failure is answered quickly again.</summary>
    public void Reset() => _next = First;
}
