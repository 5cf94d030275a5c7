namespace Orleans.Cn2.Core.Nodes;

/// <summary>
/// How often a node was lost lately: one that comes and goes is held back longer after each return, so that it does not draw new flows each time only to
/// leave them. The doubling is that of route flap damping (RFC 2439), the forgetting is all at once.
/// </summary>
/// <param name="Count">Losses, each within the memory of the one before.</param>
/// <param name="LastAt">When the last one was.</param>
[GenerateSerializer, Immutable]
public readonly record struct LossRecord([property: Id(0)] int Count, [property: Id(1)] DateTimeOffset LastAt)
{
    /// <summary>The record after another loss.</summary>
    /// <param name="now">When it was lost.</param>
    /// <param name="memory">A loss is forgotten when no other follows within this time.</param>
    public LossRecord Lose(DateTimeOffset now, TimeSpan memory) => Count > 0 && now - LastAt <= memory ? new(Count + 1, now) : new(1, now);

    /// <summary>How long the node must stand after its return: nothing after the first loss, then <paramref name="first"/>, doubled with each further loss.</summary>
    /// <param name="first">After the second loss.</param>
    /// <param name="most">However many losses there were.</param>
    public TimeSpan Hold(TimeSpan first, TimeSpan most)
    {
        if (Count < 2)
        {
            return TimeSpan.Zero;
        }

        double seconds = first.TotalSeconds * Math.Pow(2, Count - 2);
        return seconds < most.TotalSeconds ? TimeSpan.FromSeconds(seconds) : most;
    }
}
