namespace Orleans.Cn2.Lab.Traffic;

/// <summary>Sends HTTP requests or UDP datagrams from inside network namespaces.</summary>
public static class Load
{
    /// <summary>Sends the plan's number of HTTP/1.1 requests and reports.</summary>
    public static Task<TrafficReport> HttpAsync(TrafficPlan plan, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Sends the plan's number of datagrams, each from a fresh socket, and awaits the echo server's answers.</summary>
    public static Task<TrafficReport> UdpAsync(TrafficPlan plan, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Sends HTTP requests until stopped.</summary>
    public static RunningLoad StartHttp(TrafficPlan plan) => throw new NotSupportedException();

    /// <summary>Sends datagrams until stopped.</summary>
    public static RunningLoad StartUdp(TrafficPlan plan) => throw new NotSupportedException();
}

/// <summary>A load under way.</summary>
public sealed class RunningLoad
{
    internal RunningLoad()
    {
    }

    /// <summary>What came of it so far.</summary>
    public TrafficReport Snapshot() => throw new NotSupportedException();

    /// <summary>Begins no further request, awaits those under way and reports.</summary>
    public Task<TrafficReport> StopAsync() => throw new NotSupportedException();
}
