using System.Net;

namespace Orleans.Cn2.Lab.Traffic;

/// <summary>Requests to send from one network namespace to one address and port.</summary>
public sealed record TrafficPlan
{
    /// <summary>Network namespace to send from, as <c>ip netns</c> names it; null is this process' own.</summary>
    public required string? NetworkNamespace { get; init; }

    /// <summary>Address and port; its family decides the family of the traffic.</summary>
    public required IPEndPoint Destination { get; init; }

    /// <summary>Number of requests; a load that runs until it is stopped ignores it.</summary>
    public int Requests { get; init; } = 1;

    /// <summary>How many are under way at a time.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>
    /// Pause of each after a request: a load that runs until it is stopped takes all of the machine without one, and then shows what that costs.
    /// </summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Address to send from, where the namespace has several; null lets the kernel choose.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>HTTP only: keep a connection for further requests instead of a fresh one each.</summary>
    public bool KeepAlive { get; init; }

    /// <summary>HTTP only: path.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Called with the back end of each answer, from several threads at a time; shall return at once.</summary>
    public Action<string>? Answered { get; init; }

    /// <summary>Limit for one request, connecting included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);
}
