using Orleans.Cn2.Api.Errors;

namespace Orleans.Cn2.Api.Waiting;

/// <summary>Asks grains again and again, more and more seldom, until the answer is there or a time passed.</summary>
/// <param name="time">The clock.</param>
/// <param name="longestPause">The longest time between two asks.</param>
internal sealed class BoundedPoll(TimeProvider time, TimeSpan longestPause)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);

    /// <summary>Checks a share: 1..100, 0 for all.</summary>
    /// <exception cref="FieldException">It is out of range.</exception>
    public static uint Percent(uint percent) => percent switch
    {
        0 => 100,
        <= 100 => percent,
        _ => throw new FieldException("percent", $"Invalid value: {percent}: must be between 0 and 100, inclusive"),
    };

    /// <summary>Checks a limit in seconds; 0 for 30 s.</summary>
    /// <exception cref="FieldException">It is out of range.</exception>
    public static TimeSpan Timeout(double seconds) => Seconds("timeout_seconds", seconds, DefaultTimeout);

    /// <summary>Checks a number of seconds; 0 for the default.</summary>
    /// <exception cref="FieldException">It is out of range.</exception>
    public static TimeSpan Seconds(string field, double seconds, TimeSpan byDefault) => seconds switch
    {
        0 => byDefault,
        > 0 when seconds <= LongestTimeout.TotalSeconds => TimeSpan.FromSeconds(seconds),
        _ => throw new FieldException(field, $"Invalid value: {seconds}: must be between 0 and {LongestTimeout.TotalSeconds}, inclusive"),
    };

    /// <summary>
    /// Polls until <paramref name="ask"/> says that its answer is the one waited for, or the time passed: then the last answer is it. Grains that can't be
    /// asked, as after the death of a silo, are asked again: only the last try may fail.
    /// </summary>
    public async Task<T> UntilAsync<T>(TimeSpan timeout, Func<Task<(T Answer, bool Reached)>> ask, CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            try
            {
                (T answer, bool reached) = await ask().ConfigureAwait(false);
                if (reached || time.GetElapsedTime(start) >= timeout)
                {
                    return answer;
                }
            }
            catch (Exception unknown) when (unknown is OrleansException or TimeoutException && time.GetElapsedTime(start) < timeout)
            {
                // Not known yet is not reached yet, and asking at once again would press on a silo that starts.
                pause = longestPause;
            }

            await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, longestPause.Ticks));
        }
    }
}
