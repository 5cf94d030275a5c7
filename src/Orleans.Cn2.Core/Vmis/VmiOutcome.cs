using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Vmis;

/// <summary>What became of a VMI that was asked for: it, or everything that is wrong with it.</summary>
/// <param name="Vmi">The checked VMI; <see langword="null"/> when there are violations.</param>
/// <param name="Violations">All violations found, in field order.</param>
[GenerateSerializer, Immutable]
public sealed record VmiOutcome([property: Id(0)] Vmi? Vmi, [property: Id(1)] ValueList<FieldViolation> Violations);
