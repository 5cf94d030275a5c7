using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tables;

/// <summary>A port of a compiled Service; its frontend ids follow from the uid, the family and these (<see cref="TableIds.OfFrontend"/>).</summary>
/// <param name="Name">Unique within the Service; "" when the only port has none.</param>
/// <param name="Protocol">Transport protocol.</param>
/// <param name="Port">The port clients use.</param>
[GenerateSerializer, Immutable]
public sealed record EntryPort(
    [property: Id(0)] string Name,
    [property: Id(1)] TransportProtocol Protocol,
    [property: Id(2)] ushort Port);
