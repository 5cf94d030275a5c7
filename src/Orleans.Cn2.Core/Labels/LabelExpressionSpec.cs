using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Labels;

/// <summary>One of <c>matchExpressions</c> as asked.</summary>
/// <param name="Key">The label's key.</param>
/// <param name="Operator">In, NotIn, Exists or DoesNotExist.</param>
/// <param name="Values">Values of In and NotIn; absent or empty for the others.</param>
[GenerateSerializer, Immutable]
public sealed record LabelExpressionSpec(
    [property: Id(0)] string Key,
    [property: Id(1)] string Operator,
    [property: Id(2)] ValueList<string>? Values)
{
    /// <summary>All violations.</summary>
    /// <param name="field">Path of the expression.</param>
    public IEnumerable<FieldViolation> Validate(string field)
    {
        ValueList<string> values = Values ?? [];
        switch (Operator)
        {
            case nameof(LabelOperator.In) or nameof(LabelOperator.NotIn):
                if (values.Count == 0)
                {
                    yield return FieldViolation.Required(
                        $"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                }

                break;
            case nameof(LabelOperator.Exists) or nameof(LabelOperator.DoesNotExist):
                if (values.Count > 0)
                {
                    yield return FieldViolation.Forbidden(
                        $"{field}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }

                break;
            default:
                yield return FieldViolation.Invalid($"{field}.operator", Operator, "not a valid selector operator");
                break;
        }

        foreach (FieldViolation violation in LabelSyntax.ValidateKey(Key, $"{field}.key")
            .Concat(values.SelectMany((value, i) => LabelSyntax.ValidateValue(value, $"{field}.values[{i}]"))))
        {
            yield return violation;
        }
    }

    /// <summary>The requirement.</summary>
    /// <exception cref="ArgumentException">The operator is unknown.</exception>
    public LabelRequirement ToRequirement() => new(Key, Enum.Parse<LabelOperator>(Operator), Values ?? []);
}
