using Google.Protobuf;
using Microsoft.AspNetCore.Authorization;
using Orleans.Cn2.Api.Security.Callers;

namespace Orleans.Cn2.Api.Security.Access;

/// <summary>Decides on a method's row: by the request where it has been read, else by what the caller could be allowed at all.</summary>
internal sealed class AccessHandler : AuthorizationHandler<MethodAccess>
{
    /// <inheritdoc/>
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, MethodAccess requirement)
    {
        if (Caller.Of(context.User) is { } caller
            && (context.Resource is IMessage request ? requirement.Allows(caller, request) : requirement.MayAllow(caller)))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
