namespace Orleans.Cn2.Contracts.Faults;

/// <summary>The stored object is not the one the request was made for (uid or resource version), or changed meanwhile: read it again. gRPC status ABORTED.</summary>
[GenerateSerializer]
public sealed class ConflictException(string kind, string name, string message) : ControlPlaneException(kind, name, message);
