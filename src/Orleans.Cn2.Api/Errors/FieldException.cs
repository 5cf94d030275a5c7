namespace Orleans.Cn2.Api.Errors;

/// <summary>A request whose field can't be read at all, before any rule of the domain: answered by INVALID_ARGUMENT.</summary>
internal sealed class FieldException(string field, string description) : Exception($"{field}: {description}")
{
    /// <summary>Path of the field in the request.</summary>
    public string Field { get; } = field;

    /// <summary>Value and rule.</summary>
    public string Description { get; } = description;
}
