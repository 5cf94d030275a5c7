namespace Orleans.Cn2.Contracts.Faults;

/// <summary>
/// A request that was understood and refused. Derived types say which gRPC status it becomes; the API maps them in one place.
/// Anything else that a grain throws (timeouts, storage faults) has an unknown outcome: repeat the request, all of them are idempotent.
/// </summary>
[GenerateSerializer]
public abstract class ControlPlaneException : Exception
{
    /// <summary>Names the object and the rule.</summary>
    protected ControlPlaneException(string kind, string name, string message)
        : base(message) => (Kind, Name) = (kind, name);

    /// <summary>Kind of the object concerned: Service, Subnet, Vmi, Node.</summary>
    [Id(0)]
    public string Kind { get; }

    /// <summary>Its name, with the namespace where it has one: <c>namespace/name</c>.</summary>
    [Id(1)]
    public string Name { get; }
}
