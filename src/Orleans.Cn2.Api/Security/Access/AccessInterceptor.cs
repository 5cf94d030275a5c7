using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Orleans.Cn2.Api.Security.Callers;

namespace Orleans.Cn2.Api.Security.Access;

/// <summary>Asks the method's row about the request itself: its namespace is known only once it was read.</summary>
internal sealed class AccessInterceptor(IAuthorizationService authorization) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        await CheckAsync(request, context).ConfigureAwait(false);
        return await continuation(request, context).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await CheckAsync(request, context).ConfigureAwait(false);
        await continuation(request, responseStream, context).ConfigureAwait(false);
    }

    private async Task CheckAsync(object request, ServerCallContext context)
    {
        HttpContext http = context.GetHttpContext();
        MethodAccess access = ApiAccess.Of(context.Method);
        if (access.Scope == Scope.Public)
        {
            return;
        }

        AuthorizationResult result = await authorization.AuthorizeAsync(http.User, request, access).ConfigureAwait(false);
        if (!result.Succeeded)
        {
            throw new RpcException(new Status(
                StatusCode.PermissionDenied, AccessRefusal.MessageOf(Caller.Of(http.User)?.Name, access, request as IMessage)));
        }
    }
}
