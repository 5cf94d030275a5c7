namespace Orleans.Cn2.Contracts.Faults;

/// <summary>The object's state, or another object's, does not allow it. gRPC status FAILED_PRECONDITION.</summary>
[GenerateSerializer]
public sealed class FailedPreconditionException(string kind, string name, string message) : ControlPlaneException(kind, name, message);
