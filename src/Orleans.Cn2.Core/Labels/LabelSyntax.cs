using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Labels;

/// <summary>Syntax of label keys and values and of annotations, in Kubernetes' words.</summary>
public static class LabelSyntax
{
    /// <summary>Bytes that all keys and values of an object's annotations may take together.</summary>
    public const int AnnotationsLimit = 256 * 1024;

    /// <summary>Violations of a set of labels or of an equality selector, key by key.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="field">Path the violations name, e.g. <c>metadata.labels</c>.</param>
    public static IEnumerable<FieldViolation> Validate(LabelSet labels, string field)
    {
        foreach ((string key, string value) in labels)
        {
            foreach (FieldViolation violation in ValidateKey(key, field).Concat(ValidateValue(value, field)))
            {
                yield return violation;
            }
        }
    }

    /// <summary>Violations of one label key.</summary>
    public static IEnumerable<FieldViolation> ValidateKey(string key, string field) =>
        NameSyntax.QualifiedName(key).Select(fault => FieldViolation.Invalid(field, key, fault));

    /// <summary>Violations of one label value.</summary>
    public static IEnumerable<FieldViolation> ValidateValue(string value, string field) =>
        NameSyntax.LabelValue(value).Select(fault => FieldViolation.Invalid(field, value, fault));

    /// <summary>Violations of annotations: keys as for labels in any case, values free, the whole limited in size.</summary>
    public static IEnumerable<FieldViolation> ValidateAnnotations(LabelSet annotations, string field)
    {
        long size = 0;
        foreach ((string key, string value) in annotations)
        {
            size += System.Text.Encoding.UTF8.GetByteCount(key) + System.Text.Encoding.UTF8.GetByteCount(value);
            foreach (string fault in NameSyntax.QualifiedName(key.ToLowerInvariant()))
            {
                yield return FieldViolation.Invalid(field, key, fault);
            }
        }

        if (size > AnnotationsLimit)
        {
            yield return FieldViolation.TooLong(field, AnnotationsLimit);
        }
    }
}
