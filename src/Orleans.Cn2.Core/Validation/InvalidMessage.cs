namespace Orleans.Cn2.Core.Validation;

/// <summary>Sentences that sum up several violations.</summary>
public static class InvalidMessage
{
    /// <summary><c>KIND "NAME" is invalid: </c> and the violations as <see cref="Join"/> puts them.</summary>
    /// <exception cref="ArgumentException">There is no violation: nothing is invalid.</exception>
    public static string Of(string kind, string name, IReadOnlyCollection<FieldViolation> violations) =>
        $"{kind} {GoText.Quote(name)} is invalid: {Join(violations)}";

    /// <summary><c>a</c>, or <c>[a, b]</c> when there are several; equal violations are named once, at the place of the first.</summary>
    /// <exception cref="ArgumentException">There is no violation.</exception>
    public static string Join(IReadOnlyCollection<FieldViolation> violations)
    {
        ArgumentNullException.ThrowIfNull(violations);
        string[] texts = [.. violations.Select(violation => violation.ToString()).Distinct(StringComparer.Ordinal)];
        return texts switch
        {
            [] => throw new ArgumentException("there is no violation", nameof(violations)),
            [string one] => one,
            _ => $"[{string.Join(", ", texts)}]",
        };
    }
}
