namespace Orleans.Cn2.Api.Security.Limits;

/// <summary>What one client may ask for. A client is a user, a node, or where callers are not asked who they are an address.</summary>
public sealed record ApiLimits
{
    /// <summary>Largest request in bytes; larger ones are refused with RESOURCE_EXHAUSTED.</summary>
    public int MessageBytes { get; init; } = 4 << 20;

    /// <summary>Calls per second, in bursts of up to two seconds' worth.</summary>
    public int RequestsPerSecond { get; init; } = 20_000;

    /// <summary>Watches and worker streams that are open at once. The default lets 1,000 workers come from one address, and each reconnect early.</summary>
    public int Streams { get; init; } = 2_000;
}
