using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Labels;

/// <summary>A selector as asked in the manifests of workloads (apps/v1 <c>spec.selector</c>).</summary>
/// <param name="MatchLabels">Labels that must have these values.</param>
/// <param name="MatchExpressions">Further conditions.</param>
[GenerateSerializer, Immutable]
public sealed record LabelSelectorSpec(
    [property: Id(0)] LabelSet? MatchLabels,
    [property: Id(1)] ValueList<LabelExpressionSpec>? MatchExpressions)
{
    /// <summary>All violations, in the order of the fields.</summary>
    /// <param name="field">Path of the selector, e.g. <c>spec.selector</c>.</param>
    public IEnumerable<FieldViolation> Validate(string field)
    {
        IEnumerable<FieldViolation> labels = MatchLabels is null ? [] : LabelSyntax.Validate(MatchLabels, $"{field}.matchLabels");
        IEnumerable<FieldViolation> expressions = (MatchExpressions ?? [])
            .Select((expression, i) => expression.Validate($"{field}.matchExpressions[{i}]"))
            .SelectMany(violations => violations);
        return labels.Concat(expressions);
    }

    /// <summary>The selector; without labels and expressions it selects everything.</summary>
    /// <exception cref="ArgumentException">An operator is unknown: the spec was not validated.</exception>
    public LabelSelector ToSelector() => new(
    [
        .. LabelSelector.Of(MatchLabels ?? LabelSet.Empty).Requirements,
        .. (MatchExpressions ?? []).Select(expression => expression.ToRequirement()),
    ]);
}
