using Google.Protobuf;
using Microsoft.AspNetCore.Authorization;
using Orleans.Cn2.Api.Security.Callers;

namespace Orleans.Cn2.Api.Security.Access;

/// <summary>What a method asks of its caller.</summary>
/// <param name="Method">Full name: <c>/cn2.v1.Services/Apply</c>.</param>
/// <param name="Role">The role needed.</param>
/// <param name="Scope">Where it is needed.</param>
/// <param name="NamespaceOf">The namespace of a request; empty for all. Set with <see cref="Scope.Namespace"/>.</param>
internal sealed record MethodAccess(string Method, Role Role, Scope Scope, Func<IMessage, string>? NamespaceOf = null) : IAuthorizationRequirement
{
    /// <summary>True for methods that change something, which are noted in the audit log.</summary>
    public bool Changes => Role >= Role.Write;

    /// <summary>True when the caller could be allowed, depending on the request: asked before the request is read.</summary>
    public bool MayAllow(Caller caller) => Scope switch
    {
        Scope.Public => true,
        Scope.Node => caller.IsWorker,
        Scope.Cluster => caller.HasEverywhere(Role),
        _ => caller.HasSomewhere(Role),
    };

    /// <summary>True when the caller may make this request.</summary>
    public bool Allows(Caller caller, IMessage request) => Scope switch
    {
        Scope.Namespace when NamespaceOf!(request) is { Length: > 0 } ns => caller.Has(Role, ns),
        Scope.Namespace => caller.HasEverywhere(Role),
        _ => MayAllow(caller),
    };

    /// <summary>What is asked, in words; of a request where one was read.</summary>
    public string Describe(IMessage? request) => Scope switch
    {
        Scope.Node => "the certificate of a node's worker",
        Scope.Namespace when request is not null && NamespaceOf!(request) is { Length: > 0 } ns => $"role {Word} in namespace \"{ns}\"",
        Scope.Namespace when request is null => $"role {Word}",
        Scope.Anywhere => $"role {Word}",
        _ => $"role {Word} in all namespaces",
    };

    private string Word => Role.ToString().ToLowerInvariant();
}
