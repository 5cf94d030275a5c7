using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Api.Errors;

/// <summary>Turns what a call throws into its status; failures that are no refusal are logged with their cause.</summary>
internal sealed class ErrorInterceptor(ILogger<ErrorInterceptor> log) : Interceptor
{
    private const int LongestCause = 160;

    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw Map(failure, context);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> stream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, stream, context).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw Map(failure, context);
        }
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requests, responses, context).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw Map(failure, context);
        }
    }

    private static string Shortened(string message) => message.Length <= LongestCause ? message : message[..LongestCause] + "...";

    private RpcException Map(Exception failure, ServerCallContext context)
    {
        // Whatever a call throws once its caller has left (reset streams among it) is the caller's leaving.
        RpcException status = ErrorMapping.ToRpc(context.CancellationToken.IsCancellationRequested ? new OperationCanceledException() : failure);
        if (status.StatusCode == StatusCode.Unavailable)
        {
            // When a silo dies every call on its way to it ends so: hundreds of stack traces would tell no more than the cause does, and hold up its successors.
            if (failure is SiloUnavailableException or OrleansMessageRejectionException or TimeoutException)
            {
                log.CallCutOff(context.Method, Shortened(failure.Message));
            }
            else
            {
                log.CallFailed(context.Method, failure);
            }
        }

        return status;
    }
}
