using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Workloads;

/// <summary>
/// The ports on which a Service expects the pods that it selects to listen. Numbers alone: a <c>targetPort</c> that is a name stands for the port that
/// a container declares under it, and for none in a pod where no container does.
/// </summary>
/// <param name="Namespace">Namespace of the Service and its pods.</param>
/// <param name="Name">Name of the Service.</param>
/// <param name="Selector"><c>spec.selector</c>; empty selects nothing.</param>
/// <param name="Ports"><c>spec.ports</c>: the target port's number, or the service port where none is given.</param>
public sealed record ServiceTargets(
    string Namespace, string Name, ImmutableSortedDictionary<string, string> Selector, ImmutableArray<NamedPort> Ports)
{
    /// <summary>True for pods of that namespace that have every label of the selector.</summary>
    public bool Selects(string ns, ImmutableSortedDictionary<string, string> labels) => !Selector.IsEmpty && ns == Namespace
        && Selector.All(label => labels.TryGetValue(label.Key, out string? value) && value == label.Value);
}
