using System.Globalization;

namespace Orleans.Cn2.Core.Validation;

/// <summary>A refused value in the form a violation's message shows it.</summary>
/// <param name="Text">The rendered value.</param>
public readonly record struct BadValue(string Text)
{
    /// <summary>A string, quoted.</summary>
    public static implicit operator BadValue(string? value) => FromString(value);

    /// <summary>A number, plain.</summary>
    public static implicit operator BadValue(int value) => new(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A string, quoted; absent is <c>null</c>.</summary>
    public static BadValue FromString(string? value) => new(value is null ? "null" : GoText.Quote(value));

    /// <summary>A list of strings as JSON; an absent list is <c>null</c>.</summary>
    public static BadValue List(IEnumerable<string>? values) =>
        new(values is null ? "null" : $"[{string.Join(',', values.Select(GoText.Json))}]");
}
