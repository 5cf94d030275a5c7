namespace Orleans.Cn2.Client.Failover;

/// <summary>Which of several equal endpoints is used: the one that served last, until it fails; then the next in turn.</summary>
internal sealed class EndpointRing(int count)
{
    private int _current;

    /// <summary>How many there are.</summary>
    public int Count => count;

    /// <summary>The one to use.</summary>
    public int Current => Volatile.Read(ref _current);

    /// <summary>One failed. Of many callers that saw it fail one moves on; nothing happens when the ring has moved already.</summary>
    public void Failed(int endpoint) => Interlocked.CompareExchange(ref _current, (endpoint + 1) % count, endpoint);
}
