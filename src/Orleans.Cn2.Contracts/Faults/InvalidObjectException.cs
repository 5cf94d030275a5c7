using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Contracts.Faults;

/// <summary>Fields of the object are not valid. gRPC status INVALID_ARGUMENT with one BadRequest violation a field.</summary>
[GenerateSerializer]
public sealed class InvalidObjectException(string kind, string name, ValueList<FieldViolation> violations)
    : ControlPlaneException(kind, name, InvalidMessage.Of(kind, name[(name.LastIndexOf('/') + 1)..], violations))
{
    /// <summary>What is wrong, at least one.</summary>
    [Id(0)]
    public ValueList<FieldViolation> Violations { get; } = violations;
}
