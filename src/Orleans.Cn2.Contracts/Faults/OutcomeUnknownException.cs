namespace Orleans.Cn2.Contracts.Faults;

/// <summary>A step failed on the way; what was begun is completed or undone from persisted state. Repeating the request is safe. gRPC status UNAVAILABLE.</summary>
[GenerateSerializer]
public sealed class OutcomeUnknownException(string kind, string name, string message) : ControlPlaneException(kind, name, message);
