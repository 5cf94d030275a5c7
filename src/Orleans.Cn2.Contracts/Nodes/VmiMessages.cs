using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Contracts.Nodes;

/// <summary>Changes of a registered VMI; what is null stays.</summary>
[GenerateSerializer, Immutable]
public sealed record VmiUpdate(
    [property: Id(0)] bool? Ready,
    [property: Id(1)] bool? Serving,
    [property: Id(2)] bool? Terminating,
    [property: Id(3)] ushort? Weight,
    [property: Id(4)] LabelSet? Labels)
{
    /// <summary>As <see cref="VmiRules.Update"/> takes it.</summary>
    public Core.Vmis.VmiUpdate ToCore() => new() { Ready = Ready, Serving = Serving, Terminating = Terminating, Weight = Weight, Labels = Labels };
}

/// <summary>The answer to the begin or end of draining.</summary>
/// <param name="Node">The node afterwards.</param>
/// <param name="Fence">What the change reached: marks of the Services of its VMIs.</param>
[GenerateSerializer, Immutable]
public sealed record DrainOutcome([property: Id(0)] NodeView Node, [property: Id(1)] Fence Fence);

/// <summary>The answer to a change of a VMI.</summary>
/// <param name="Vmi">The VMI afterwards.</param>
/// <param name="Fence">What the change reached: marks of the Services that it touches.</param>
[GenerateSerializer, Immutable]
public sealed record VmiOutcome([property: Id(0)] Vmi Vmi, [property: Id(1)] Fence Fence);
