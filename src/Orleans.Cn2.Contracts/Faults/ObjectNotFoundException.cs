namespace Orleans.Cn2.Contracts.Faults;

/// <summary>There is no such object. gRPC status NOT_FOUND.</summary>
[GenerateSerializer]
public sealed class ObjectNotFoundException(string kind, string name, string message) : ControlPlaneException(kind, name, message);
