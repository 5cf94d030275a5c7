using Grpc.Core;

namespace Orleans.Cn2.Client.Failover;

/// <summary>One unary call, made on one endpoint after the other until one answers anything but UNAVAILABLE.</summary>
/// <param name="ring">The endpoints.</param>
/// <param name="start">Makes the call on one of them.</param>
/// <param name="done">The answer that a refusal stands for, where an earlier attempt may have taken effect; null for none.</param>
internal sealed class UnaryAttempts<TResponse>(EndpointRing ring, Func<int, AsyncUnaryCall<TResponse>> start, Func<RpcException, TResponse?> done)
    where TResponse : class
{
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AsyncUnaryCall<TResponse>? _call;

    public async Task<TResponse> RunAsync()
    {
        for (int attempt = 1; ; attempt++)
        {
            int endpoint = ring.Current;
            AsyncUnaryCall<TResponse> call = start(endpoint);
            Interlocked.Exchange(ref _call, call)?.Dispose();
            try
            {
                TResponse response = await call.ResponseAsync.ConfigureAwait(false);
                _headers.TrySetResult(await call.ResponseHeadersAsync.ConfigureAwait(false));
                return response;
            }
            catch (RpcException failure)
            {
                // A server that is frozen takes connections and never answers: the next call must not wait for it again.
                bool broken = BrokenLink.Is(failure);
                if (broken || failure.StatusCode == StatusCode.DeadlineExceeded)
                {
                    ring.Failed(endpoint);
                }

                if (broken && attempt < ring.Count)
                {
                    continue;
                }

                _headers.TrySetResult(failure.Trailers);
                if (attempt > 1 && !broken)
                {
                    return done(failure) ?? throw Repetition.Marked(failure);
                }

                if (broken && failure.StatusCode != StatusCode.Unavailable)
                {
                    throw BrokenLink.AsUnavailable(failure);
                }

                throw;
            }
        }
    }

    /// <summary>Headers of the endpoint that answered.</summary>
    public Task<Metadata> HeadersAsync() => _headers.Task;

    public Status Status() => _call!.GetStatus();

    public Metadata Trailers() => _call!.GetTrailers();

    public void Dispose() => _call?.Dispose();
}
