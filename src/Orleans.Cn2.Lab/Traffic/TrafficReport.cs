using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Traffic;

/// <summary>What became of the requests.</summary>
public sealed record TrafficReport
{
    /// <summary>Requests begun.</summary>
    public required int Sent { get; init; }

    /// <summary>Requests answered as they should be.</summary>
    public required int Succeeded { get; init; }

    /// <summary>Answers by the back end that gave them (the pod's name).</summary>
    public required ImmutableSortedDictionary<string, int> Backends { get; init; }

    /// <summary>Failures by reason (<c>connect: ConnectionRefused</c>, <c>timeout</c>, <c>status 502</c>).</summary>
    public required ImmutableSortedDictionary<string, int> Failures { get; init; }

    /// <summary>Median of the latencies of successful requests; zero when there are none.</summary>
    public required TimeSpan P50 { get; init; }

    /// <summary>99th percentile.</summary>
    public required TimeSpan P99 { get; init; }

    /// <summary>The longest.</summary>
    public required TimeSpan Max { get; init; }

    /// <summary>From the first request to the last answer.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Requests that failed.</summary>
    public int Failed => Sent - Succeeded;
}
