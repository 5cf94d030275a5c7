namespace Orleans.Cn2.Cli.Check;

/// <summary>Where requests come from.</summary>
internal enum PlaceKind
{
    Pod,
    Node,
    Outside,
}

/// <summary>A place that sends requests.</summary>
/// <param name="Kind">Client pod, node or the outside network.</param>
/// <param name="Label">As people name it: <c>pod on node1</c>, <c>node1</c>, <c>outside</c>.</param>
/// <param name="Node">Node whose vRouter meets its packets first; null where that may be any.</param>
/// <param name="Key">As the ground finds it: a network namespace, or the name of a simulated host.</param>
internal sealed record Place(PlaceKind Kind, string Label, string? Node, string Key);
