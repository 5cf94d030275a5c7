namespace Orleans.Cn2.Core.Validation;

/// <summary>The sentence that sums up all violations of one object.</summary>
public static class InvalidMessage
{
    /// <summary>
    /// <c>KIND "NAME" is invalid: a</c>, or <c>[a, b]</c> when there are several; equal violations are named once,
    /// at the place of the first.
    /// </summary>
    /// <exception cref="ArgumentException">There is no violation: nothing is invalid.</exception>
    public static string Of(string kind, string name, IReadOnlyCollection<FieldViolation> violations)
    {
        ArgumentNullException.ThrowIfNull(violations);
        string[] texts = [.. violations.Select(violation => violation.ToString()).Distinct(StringComparer.Ordinal)];
        return texts switch
        {
            [] => throw new ArgumentException("there is no violation", nameof(violations)),
            [string one] => $"{kind} {GoText.Quote(name)} is invalid: {one}",
            _ => $"{kind} {GoText.Quote(name)} is invalid: [{string.Join(", ", texts)}]",
        };
    }
}
