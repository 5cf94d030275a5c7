using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;
using Orleans.Cn2.Api.Security.Access;

namespace Orleans.Cn2.Api.Security.Audit;

/// <summary>Notes every call of a method that changes something, with what came of it. Outermost, so that it sees the status that the caller gets.</summary>
internal sealed class AuditInterceptor(AuditLog audit) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (!ApiAccess.Of(context.Method).Changes || request is not IMessage asked || AuditedMessage.IsDryRun(asked))
        {
            return await continuation(request, context).ConfigureAwait(false);
        }

        try
        {
            TResponse response = await continuation(request, context).ConfigureAwait(false);
            Note(asked, context, StatusCode.OK, response is IMessage answer ? AuditedMessage.VersionOf(answer) : "");
            return response;
        }
        catch (RpcException refused)
        {
            Note(asked, context, refused.StatusCode, "");
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context).ConfigureAwait(false);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.PermissionDenied)
        {
            // A worker that spoke for another node.
            audit.Note(AuditEntry.OfRefusal(context.GetHttpContext(), context.Method, refused.StatusCode));
            throw;
        }
    }

    private void Note(IMessage request, ServerCallContext context, StatusCode outcome, string version)
    {
        HttpContext http = context.GetHttpContext();
        audit.Note(AuditEntry.Of(http, context.Method, AuditedMessage.ObjectOf(request), outcome, version));
    }
}
