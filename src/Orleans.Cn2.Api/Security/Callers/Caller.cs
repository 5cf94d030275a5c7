using System.Collections.Immutable;
using System.Security.Claims;

namespace Orleans.Cn2.Api.Security.Callers;

/// <summary>
/// Who calls, and what that one may do. Only this program makes such an identity: claims of a token can't stand for it, whatever they are called.
/// </summary>
internal sealed class Caller : ClaimsIdentity
{
    /// <summary>The node of a caller that may speak for every node.</summary>
    private const string AnyNode = "*";

    private readonly ImmutableArray<Grant> _grants;
    private readonly string? _node;

    private Caller(string name, ImmutableArray<Grant> grants, string? node)
        : base([new Claim(DefaultNameClaimType, name)], authenticationType: "cn2") => (_grants, _node) = (grants, node);

    /// <summary>A caller of a silo that asks nobody who he is.</summary>
    public static Caller Anonymous { get; } = new("anonymous", [new Grant(Role.Admin, Grant.Everywhere)], AnyNode);

    /// <summary>A caller on the unix domain socket, which its file's mode keeps to the silo's user.</summary>
    public static Caller Local { get; } = new("local", [new Grant(Role.Admin, Grant.Everywhere)], AnyNode);

    /// <summary>The worker of a node: it may speak for that node and do nothing else.</summary>
    public static Caller OfNode(string node) => new($"node:{node}", [], node);

    /// <summary>A silo that calls the API: known, and without any role there.</summary>
    public static Caller OfSilo(string silo) => new($"silo:{silo}", [], null);

    /// <summary>A user of the API.</summary>
    /// <param name="means">What vouches for him: <c>certificate</c> or <c>token</c>.</param>
    public static Caller OfUser(string means, string user, ImmutableArray<Grant> grants) => new($"{means}:{user}", grants, null);

    /// <summary>The caller of a request, or null when nothing says who it is.</summary>
    public static Caller? Of(ClaimsPrincipal principal) => principal.Identities.OfType<Caller>().FirstOrDefault();

    /// <summary>True with this role in at least one namespace.</summary>
    public bool HasSomewhere(Role role) => _grants.Any(grant => grant.Role >= role);

    /// <summary>True with this role in the namespace.</summary>
    public bool Has(Role role, string ns) =>
        _grants.Any(grant => grant.Role >= role && (grant.Namespace == Grant.Everywhere || grant.Namespace == ns));

    /// <summary>True with this role in all namespaces.</summary>
    public bool HasEverywhere(Role role) => _grants.Any(grant => grant.Role >= role && grant.Namespace == Grant.Everywhere);

    /// <summary>True when it may speak for a node.</summary>
    public bool IsWorker => _node is not null;

    /// <summary>True when it may speak for this node.</summary>
    public bool SpeaksFor(string node) => _node == AnyNode || _node == node;
}
