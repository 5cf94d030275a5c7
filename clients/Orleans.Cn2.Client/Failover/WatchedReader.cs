using Grpc.Core;

namespace Orleans.Cn2.Client.Failover;

/// <summary>A stream whose break is told to the ring.</summary>
internal sealed class WatchedReader<T>(IAsyncStreamReader<T> stream, EndpointRing ring, int endpoint) : IAsyncStreamReader<T>
{
    /// <inheritdoc/>
    public T Current => stream.Current;

    /// <inheritdoc/>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException failure) when (BrokenLink.Is(failure))
        {
            ring.Failed(endpoint);
            throw BrokenLink.AsUnavailable(failure);
        }
    }
}
