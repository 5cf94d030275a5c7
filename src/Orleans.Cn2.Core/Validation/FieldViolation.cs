namespace Orleans.Cn2.Core.Validation;

/// <summary>One refused field.</summary>
/// <param name="Field">Path of the field, e.g. <c>spec.ports[0].name</c>.</param>
/// <param name="Type">Why it was refused.</param>
/// <param name="BadValue">
/// The refused value as it appears in the message (strings quoted, lists as JSON, absent lists <c>null</c>);
/// <see langword="null"/> for the types whose message shows no value.
/// </param>
/// <param name="Detail">The broken rule in words; may be empty.</param>
[GenerateSerializer, Immutable]
public sealed record FieldViolation(
    [property: Id(0)] string Field,
    [property: Id(1)] ViolationType Type,
    [property: Id(2)] string? BadValue,
    [property: Id(3)] string Detail)
{
    /// <summary>The text without the field, e.g. <c>Invalid value: "x": must be ...</c> (the <c>message</c> of a status cause).</summary>
    public string Message
    {
        get
        {
            string head = BadValue is null ? Label(Type) : $"{Label(Type)}: {BadValue}";
            return Detail.Length == 0 ? head : $"{head}: {Detail}";
        }
    }

    /// <summary>The whole text: field, colon, message.</summary>
    public override string ToString() => $"{Field}: {Message}";

    /// <summary>A missing field.</summary>
    public static FieldViolation Required(string field, string detail = "") =>
        new(field, ViolationType.Required, null, detail);

    /// <summary>A value that must be unique.</summary>
    public static FieldViolation Duplicate(string field, BadValue value) =>
        new(field, ViolationType.Duplicate, value.Text, "");

    /// <summary>A malformed or conflicting value.</summary>
    public static FieldViolation Invalid(string field, BadValue value, string detail) =>
        new(field, ViolationType.Invalid, value.Text, detail);

    /// <summary>A value outside a closed set; <paramref name="supported"/> is listed in the given order.</summary>
    public static FieldViolation NotSupported(string field, BadValue value, IEnumerable<string> supported)
    {
        IEnumerable<string> quoted = supported.Select(GoText.Quote);
        return new(field, ViolationType.NotSupported, value.Text, $"supported values: {string.Join(", ", quoted)}");
    }

    /// <summary>A field that may not be given here.</summary>
    public static FieldViolation Forbidden(string field, string detail) =>
        new(field, ViolationType.Forbidden, null, detail);

    /// <summary>A value of more than <paramref name="limit"/> bytes.</summary>
    public static FieldViolation TooLong(string field, int limit) =>
        new(field, ViolationType.TooLong, null, $"may not be more than {limit} bytes");

    private static string Label(ViolationType type) => type switch
    {
        ViolationType.Required => "Required value",
        ViolationType.Duplicate => "Duplicate value",
        ViolationType.Invalid => "Invalid value",
        ViolationType.NotSupported => "Unsupported value",
        ViolationType.Forbidden => "Forbidden",
        ViolationType.TooLong => "Too long",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a violation type"),
    };
}
