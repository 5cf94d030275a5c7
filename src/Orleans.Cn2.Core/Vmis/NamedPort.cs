using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Vmis;

/// <summary>A port of a VMI that services may target by name (a container port in Kubernetes).</summary>
/// <param name="Name">The name; "" for one that can't be targeted by name.</param>
/// <param name="Protocol">A name is looked up together with the service port's protocol.</param>
/// <param name="Number">The port, 1..65535.</param>
[GenerateSerializer, Immutable]
public sealed record NamedPort(
    [property: Id(0)] string Name,
    [property: Id(1)] TransportProtocol Protocol,
    [property: Id(2)] ushort Number);
