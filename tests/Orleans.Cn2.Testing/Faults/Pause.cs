namespace Orleans.Cn2.Testing.Faults;

/// <summary>Time that passes on purpose: how long a fault lasts, how long a caller thinks. Nothing waits by it for something to happen.</summary>
internal static class Pause
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Ends after this time, of 1 ms at least.</summary>
    public static async Task OfAsync(TimeSpan length)
    {
        using PeriodicTimer timer = new(length > Shortest ? length : Shortest);
        await timer.WaitForNextTickAsync();
    }
}
