using System.Diagnostics;

namespace Orleans.Cn2.Testing.Netns;

/// <summary>Waits for what a packet brings. One that does not come says nothing, so the error tells how things stand at every host.</summary>
public static class PacketWait
{
    /// <summary>Waits, but not for longer than this.</summary>
    /// <param name="network">The hosts.</param>
    /// <param name="patience">How long.</param>
    /// <param name="wait">Ends with the answer, or as its token is cancelled.</param>
    /// <param name="state">What else to tell, as the data plane's counters.</param>
    /// <exception cref="TimeoutException">It did not come; the message describes the hosts.</exception>
    public static async Task<T> WithinAsync<T>(TestNetwork network, TimeSpan patience, Func<CancellationToken, Task<T>> wait, Func<string>? state = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(wait);
        long began = Stopwatch.GetTimestamp();
        using CancellationTokenSource source = new(patience);
        try
        {
            return await wait(source.Token);
        }
        catch (OperationCanceledException late) when (source.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"""
                no answer within {patience.TotalSeconds:0.#} s (noticed after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s)
                {state?.Invoke()}
                {network.Describe()}
                """,
                late);
        }
    }
}
