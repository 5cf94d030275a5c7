using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Services;

/// <summary>A port mapping of an admitted Service.</summary>
/// <param name="Name">Unique within the Service; "" when the only port has none.</param>
/// <param name="Protocol">Transport protocol.</param>
/// <param name="Port">The port clients use.</param>
/// <param name="TargetPort">The back end's port: a number, or a name each back end resolves on its own.</param>
/// <param name="NodePort">As given; 0 when absent. Never allocated here.</param>
/// <param name="AppProtocol">As given.</param>
[GenerateSerializer, Immutable]
public sealed record ServicePort(
    [property: Id(0)] string Name,
    [property: Id(1)] TransportProtocol Protocol,
    [property: Id(2)] ushort Port,
    [property: Id(3)] IntOrString TargetPort,
    [property: Id(4)] ushort NodePort = 0,
    [property: Id(5)] string? AppProtocol = null);
