namespace Orleans.Cn2.Cli.Output;

/// <summary>Durations as kubectl writes them.</summary>
internal static class Age
{
    /// <summary>12s, 5m, 3h, 2d.</summary>
    public static string Of(long seconds) => seconds switch
    {
        < 0 => "0s",
        < 120 => $"{seconds}s",
        < 7200 => $"{seconds / 60}m",
        < 172_800 => $"{seconds / 3600}h",
        _ => $"{seconds / 86_400}d",
    };

    /// <summary>Time since a moment.</summary>
    public static string Since(DateTimeOffset? moment) => moment is { } then ? Of((long)(DateTimeOffset.UtcNow - then).TotalSeconds) : "";
}
