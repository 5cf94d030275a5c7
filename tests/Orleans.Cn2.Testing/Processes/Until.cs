using System.Diagnostics;

namespace Orleans.Cn2.Testing.Processes;

/// <summary>Waits for a condition, with a bound that names what was awaited.</summary>
public static class Until
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);

    public static async Task TrueAsync(string what, TimeSpan bound, Func<Task<bool>> condition, Func<string> seen)
    {
        long began = Stopwatch.GetTimestamp();
        using PeriodicTimer poll = new(Between);
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > bound)
            {
                throw new TimeoutException($"not within {bound.TotalSeconds} s: {what}; {seen()}");
            }

            await poll.WaitForNextTickAsync();
        }
    }
}
