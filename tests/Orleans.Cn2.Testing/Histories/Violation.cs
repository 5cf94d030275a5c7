namespace Orleans.Cn2.Testing.Histories;

/// <summary>What a history must not show.</summary>
public enum ViolationKind
{
    /// <summary>A read, or an answer, shows what no write that may have had its effect left there.</summary>
    LostWrite,

    /// <summary>An object was shown with less than it asks for.</summary>
    HalfDone,

    /// <summary>An object has other addresses than before.</summary>
    MovedAddress,

    /// <summary>An address belonged to two objects at once (I1).</summary>
    DoubleAllocation,

    /// <summary>An address was given to another object while a vRouter's table still led to the former one (I2).</summary>
    EarlyReuse,
}

/// <summary>A place where a history breaks a promise.</summary>
/// <param name="Kind">Which promise.</param>
/// <param name="Text">Where, for a person to read.</param>
public sealed record Violation(ViolationKind Kind, string Text)
{
    public override string ToString() => $"{Kind}: {Text}";
}
