namespace Orleans.Cn2.Contracts.Faults;

/// <summary>No address is left. gRPC status RESOURCE_EXHAUSTED.</summary>
[GenerateSerializer]
public sealed class PoolExhaustedException(string kind, string name, string message) : ControlPlaneException(kind, name, message);
