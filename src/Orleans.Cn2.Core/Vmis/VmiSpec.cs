using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Vmis;

/// <summary>A VMI as asked, before any check. <see langword="null"/> means omitted.</summary>
[GenerateSerializer, Immutable]
public sealed record VmiSpec
{
    /// <summary><c>metadata.namespace</c>.</summary>
    [Id(0)]
    public string? Namespace { get; init; }

    /// <summary><c>metadata.name</c>.</summary>
    [Id(1)]
    public string? Name { get; init; }

    /// <summary><c>metadata.uid</c>.</summary>
    [Id(2)]
    public string? Uid { get; init; }

    /// <summary><c>metadata.labels</c>.</summary>
    [Id(3)]
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>Name of a registered node.</summary>
    [Id(4)]
    public string? Node { get; init; }

    /// <summary>At least one, at most one of each family.</summary>
    [Id(5)]
    public ValueList<string> Addresses { get; init; } = [];

    /// <summary>Ports that services may target by name.</summary>
    [Id(6)]
    public ValueList<NamedPortSpec> Ports { get; init; } = [];

    /// <summary>Health.</summary>
    [Id(7)]
    public VmiConditions Conditions { get; init; }

    /// <summary>1 to 65535; omitted: 100.</summary>
    [Id(8)]
    public long? Weight { get; init; }
}

/// <summary>One element of <c>ports</c> as asked.</summary>
/// <param name="Name">A port name (RFC 6335); may be omitted.</param>
/// <param name="Protocol">TCP, UDP or SCTP; omitted: TCP.</param>
/// <param name="Port">1 to 65535.</param>
[GenerateSerializer, Immutable]
public sealed record NamedPortSpec(
    [property: Id(0)] string? Name,
    [property: Id(1)] string? Protocol,
    [property: Id(2)] long Port);
