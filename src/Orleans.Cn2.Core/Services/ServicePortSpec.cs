namespace Orleans.Cn2.Core.Services;

/// <summary>One element of <c>spec.ports</c> as asked.</summary>
[GenerateSerializer, Immutable]
public sealed record ServicePortSpec
{
    /// <summary>DNS label, unique within the Service; may be absent when there is only one port.</summary>
    [Id(0)]
    public string? Name { get; init; }

    /// <summary>TCP, UDP or SCTP; absent means TCP.</summary>
    [Id(1)]
    public string? Protocol { get; init; }

    /// <summary>The port clients use, 1 to 65535; 0 stands for absent.</summary>
    [Id(2)]
    public int Port { get; init; }

    /// <summary>The back end's port by number or name; absent, 0 and "" mean <see cref="Port"/>.</summary>
    [Id(3)]
    public IntOrString? TargetPort { get; init; }

    /// <summary>Kept as given; no node port is ever allocated by this product.</summary>
    [Id(4)]
    public int? NodePort { get; init; }

    /// <summary>Application protocol, a qualified name; informative.</summary>
    [Id(5)]
    public string? AppProtocol { get; init; }
}
