using Grpc.Core;

namespace Orleans.Cn2.Client.Failover;

/// <summary>
/// Calls over several endpoints that serve the same. A unary call that ends as UNAVAILABLE is repeated on the next endpoint, each once: every request of
/// <c>cn2.v1</c> may be repeated. After one that met its deadline the next goes on, since nothing may answer there. A stream that breaks ends, and the next call goes to the next endpoint.
/// </summary>
internal sealed class FailoverInvoker(IReadOnlyList<CallInvoker> endpoints) : CallInvoker
{
    private readonly EndpointRing _ring = new(endpoints.Count);

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        CallOptions named = Repetition.Named(options);
        UnaryAttempts<TResponse> attempts = new(
            _ring,
            endpoint => endpoints[endpoint].AsyncUnaryCall(method, host, named, request),
            refusal => Repetition.IsDone(method, refusal) ? method.ResponseMarshaller.ContextualDeserializer(EmptyPayload.Context) : null);
        return new AsyncUnaryCall<TResponse>(attempts.RunAsync(), attempts.HeadersAsync(), attempts.Status, attempts.Trailers, attempts.Dispose);
    }

    /// <inheritdoc/>
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        using AsyncUnaryCall<TResponse> call = AsyncUnaryCall(method, host, options, request);
        return call.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        int endpoint = _ring.Current;
        AsyncServerStreamingCall<TResponse> call = endpoints[endpoint].AsyncServerStreamingCall(method, host, options, request);
        return new AsyncServerStreamingCall<TResponse>(
            new WatchedReader<TResponse>(call.ResponseStream, _ring, endpoint), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    /// <inheritdoc/>
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        endpoints[_ring.Current].AsyncClientStreamingCall(method, host, options);

    /// <inheritdoc/>
    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        endpoints[_ring.Current].AsyncDuplexStreamingCall(method, host, options);
}
