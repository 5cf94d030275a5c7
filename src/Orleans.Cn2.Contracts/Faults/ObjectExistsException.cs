namespace Orleans.Cn2.Contracts.Faults;

/// <summary>The object, or something it needs for itself alone, exists already and belongs to another. gRPC status ALREADY_EXISTS.</summary>
[GenerateSerializer]
public sealed class ObjectExistsException(string kind, string name, string message) : ControlPlaneException(kind, name, message);
