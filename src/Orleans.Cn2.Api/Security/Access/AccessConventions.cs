using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.RateLimiting;

namespace Orleans.Cn2.Api.Security.Access;

/// <summary>Ties each endpoint to its row.</summary>
internal static class AccessConventions
{
    /// <summary>Gives every gRPC method, and its JSON form, the policy of its row.</summary>
    /// <exception cref="InvalidOperationException">A method has no row.</exception>
    public static TBuilder RequireAccess<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint =>
        {
            // What answers unknown methods has no name: the fallback policy holds for it.
            if (endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault() is { } method)
            {
                Require(endpoint, ApiAccess.Of(method.Method.FullName));
            }
        });
        return endpoints;
    }

    /// <summary>Gives an endpoint the policy of this row.</summary>
    public static TBuilder RequireAccess<TBuilder>(this TBuilder endpoints, MethodAccess access)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint => Require(endpoint, access));
        return endpoints;
    }

    /// <summary>Lets everybody in, as often as he likes: for probes.</summary>
    public static TBuilder AllowEverybody<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(Open);
        return endpoints;
    }

    private static void Require(EndpointBuilder endpoint, MethodAccess access)
    {
        endpoint.Metadata.Add(access);
        if (access.Scope == Scope.Public)
        {
            Open(endpoint);
        }
        else
        {
            endpoint.Metadata.Add(new AuthorizationPolicyBuilder().AddRequirements(access).Build());
        }
    }

    private static void Open(EndpointBuilder endpoint)
    {
        endpoint.Metadata.Add(new AllowAnonymousAttribute());
        endpoint.Metadata.Add(new DisableRateLimitingAttribute());
    }
}
