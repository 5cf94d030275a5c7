namespace Orleans.Cn2.Cli.Waiting;

/// <summary>What is waited for of VMIs.</summary>
/// <param name="Condition"><see cref="Available"/> or <see cref="Drained"/>, as the API names it.</param>
internal sealed record VmiGoal(string Condition)
{
    /// <summary>It takes new flows, and the vRouters have programmed that.</summary>
    public const string Available = "Available";

    /// <summary>It takes no new flows, the vRouters have programmed that, and its flows ended.</summary>
    public const string Drained = "Drained";

    /// <summary>Share of the live vRouters, 1..100; for available.</summary>
    public int Percent { get; init; } = 100;

    /// <summary>How long a UDP flow, or one with a FIN, must be silent to have ended; zero for the server's default.</summary>
    public TimeSpan Silence { get; init; }

    /// <summary>True where one that is deregistered meanwhile needs no waiting for.</summary>
    public bool MayGo { get; init; }
}
