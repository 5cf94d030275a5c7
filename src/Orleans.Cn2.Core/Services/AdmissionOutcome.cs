using System.Diagnostics.CodeAnalysis;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services;

/// <summary>Either a value or the violations that prevent it.</summary>
/// <typeparam name="T">What a step of admission yields.</typeparam>
public sealed class AdmissionOutcome<T>
    where T : class
{
    internal AdmissionOutcome(T value) => Value = value;

    internal AdmissionOutcome(ValueList<FieldViolation> violations) => Violations = violations;

    /// <summary>True when there is a <see cref="Value"/>.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool Succeeded => Value is not null;

    /// <summary>The result; <see langword="null"/> when refused.</summary>
    public T? Value { get; }

    /// <summary>Why it was refused; empty when it was not.</summary>
    public ValueList<FieldViolation> Violations { get; } = [];
}
