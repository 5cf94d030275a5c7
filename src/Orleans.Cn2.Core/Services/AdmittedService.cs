using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Services;

/// <summary>A Service after admission: the part of a Service's persisted state that the asker determines.</summary>
/// <param name="Name">Namespace and name.</param>
/// <param name="Labels">Labels.</param>
/// <param name="Annotations">Annotations.</param>
/// <param name="Spec">The admitted spec.</param>
[GenerateSerializer, Immutable]
public sealed record AdmittedService(
    [property: Id(0)] NamespacedName Name,
    [property: Id(1)] LabelSet Labels,
    [property: Id(2)] LabelSet Annotations,
    [property: Id(3)] AdmittedSpec Spec);
