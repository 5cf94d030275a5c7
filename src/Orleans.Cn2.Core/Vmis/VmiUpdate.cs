using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Vmis;

/// <summary>A partial change of a registered VMI: what is <see langword="null"/> stays.</summary>
[GenerateSerializer, Immutable]
public sealed record VmiUpdate
{
    /// <summary>New readiness.</summary>
    [Id(0)]
    public bool? Ready { get; init; }

    /// <summary>New serving condition.</summary>
    [Id(1)]
    public bool? Serving { get; init; }

    /// <summary>New terminating condition.</summary>
    [Id(2)]
    public bool? Terminating { get; init; }

    /// <summary>New weight, 1 to 65535.</summary>
    [Id(3)]
    public long? Weight { get; init; }

    /// <summary>Replaces all labels.</summary>
    [Id(4)]
    public LabelSet? Labels { get; init; }
}
