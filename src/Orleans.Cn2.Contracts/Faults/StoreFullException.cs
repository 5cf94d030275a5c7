namespace Orleans.Cn2.Contracts.Faults;

/// <summary>The store has no room for a change, which did not take place. gRPC status RESOURCE_EXHAUSTED.</summary>
[GenerateSerializer]
public sealed class StoreFullException(string kind, string name, string message) : ControlPlaneException(kind, name, message);
