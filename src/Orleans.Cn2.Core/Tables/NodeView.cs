namespace Orleans.Cn2.Core.Tables;

/// <summary>What of a node matters to the choice of endpoints.</summary>
/// <param name="Name">Name of the node.</param>
/// <param name="Zone">Its zone; <see langword="null"/> when it has none.</param>
[GenerateSerializer, Immutable]
public sealed record NodeView([property: Id(0)] string Name, [property: Id(1)] string? Zone);
