namespace Orleans.Cn2.Api.Waiting;

/// <summary>Flows that a node has to a VMI.</summary>
/// <param name="Node">The node.</param>
/// <param name="Open">Those that have not ended, as far as they were counted.</param>
/// <param name="Unknown">Why it may have more than were counted; null: it has none beside them.</param>
internal sealed record NodeFlows(string Node, int Open, string? Unknown = null)
{
    /// <summary>What is waited for there, in words; null for nothing.</summary>
    public string? Waiting => Unknown is not null ? $"{Node}: {Unknown}" : Open > 0 ? $"{Node}: {Open} flows" : null;
}
