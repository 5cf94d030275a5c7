using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Orleans.Cn2.Api.Security.Audit;
using Orleans.Cn2.Api.Security.Callers;

namespace Orleans.Cn2.Api.Security.Access;

/// <summary>Answers a call that is refused before its request was read, with the reason, and notes it where it would have changed something.</summary>
internal sealed class AccessRefusal(AuditLog audit) : IAuthorizationMiddlewareResultHandler
{
    /// <summary>What a caller lacks for a method.</summary>
    public static string MessageOf(string? caller, MethodAccess? access, IMessage? request) =>
        $"{caller} lacks {access?.Describe(request) ?? "a role"}";

    /// <inheritdoc/>
    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        MethodAccess? access = context.GetEndpoint()?.Metadata.GetMetadata<MethodAccess>();
        Caller? caller = Caller.Of(context.User);
        (StatusCode code, string message) = caller is null
            ? (StatusCode.Unauthenticated, $"nothing says who calls: {await FaultAsync(context).ConfigureAwait(false)}")
            : (StatusCode.PermissionDenied, MessageOf(caller.Name, access, null));
        if (access is { Changes: true } or { Scope: Scope.Node })
        {
            audit.Note(AuditEntry.OfRefusal(context, access.Method, code));
        }

        await Refusal.WriteAsync(context, code, message).ConfigureAwait(false);
    }

    // Answered from what was found when the request came in.
    private static async Task<string> FaultAsync(HttpContext context) => (await context.AuthenticateAsync().ConfigureAwait(false)).Failure switch
    {
        null => "no client certificate and no bearer token",
        { } failure when context.Request.Headers.Authorization.Count > 0 => TokenAuthentication.FaultOf(failure),
        { } failure => failure.Message,
    };
}
