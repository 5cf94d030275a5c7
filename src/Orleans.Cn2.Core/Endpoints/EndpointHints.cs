using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Endpoints;

/// <summary>For whom an endpoint is meant (EndpointSlice <c>hints</c>).</summary>
/// <param name="ForNodes">Names of nodes; <see langword="null"/> or empty: no hint of this kind.</param>
/// <param name="ForZones">Names of zones; <see langword="null"/> or empty: no hint of this kind.</param>
[GenerateSerializer, Immutable]
public sealed record EndpointHints(
    [property: Id(0)] ValueList<string>? ForNodes,
    [property: Id(1)] ValueList<string>? ForZones);
