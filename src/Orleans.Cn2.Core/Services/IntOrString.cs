using System.Globalization;

namespace Orleans.Cn2.Core.Services;

/// <summary>A Kubernetes IntOrString: a number, or a name such as a container port's.</summary>
[GenerateSerializer, Immutable]
public readonly record struct IntOrString
{
    private IntOrString(int number, string? text) => (Number, Text) = (number, text);

    /// <summary>The number; 0 when this is a name.</summary>
    [field: Id(0)]
    public int Number { get; private init; }

    /// <summary>The name; <see langword="null"/> when this is a number.</summary>
    [field: Id(1)]
    public string? Text { get; private init; }

    /// <summary>True when this is a name.</summary>
    public bool IsText => Text is not null;

    /// <summary>True for 0 and for the empty name, which both stand for "not given".</summary>
    public bool IsUnset => Text is null ? Number == 0 : Text.Length == 0;

    /// <summary>A number.</summary>
    public static IntOrString Of(int number) => new(number, null);

    /// <summary>A name, even where it consists of digits.</summary>
    public static IntOrString Of(string text) => new(0, text);

    /// <summary>The number in decimal, or the name.</summary>
    public override string ToString() => Text ?? Number.ToString(CultureInfo.InvariantCulture);
}
