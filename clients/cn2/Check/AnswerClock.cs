using System.Collections.Concurrent;
using System.Diagnostics;

namespace Orleans.Cn2.Cli.Check;

/// <summary>Remembers when each back end answered first and last, over all loads.</summary>
internal sealed class AnswerClock
{
    private readonly ConcurrentDictionary<string, (long First, long Last)> _answers = [];

    /// <summary>A back end answered now.</summary>
    public void Answered(string backend)
    {
        long now = Stopwatch.GetTimestamp();
        _answers.AddOrUpdate(backend, (now, now), (_, span) => (span.First, Math.Max(span.Last, now)));
    }

    /// <summary>True when every one of them has answered.</summary>
    public bool HaveAnswered(IEnumerable<string> backends) => backends.All(_answers.ContainsKey);

    /// <summary>Time from a moment to the first answer of any of them; null when none answered.</summary>
    public TimeSpan? First(IEnumerable<string> backends, long since) =>
        Spans(backends) is { Length: > 0 } spans ? Stopwatch.GetElapsedTime(since, spans.Min(span => span.First)) : null;

    /// <summary>Time from a moment to the last answer of any of them; null when none answered.</summary>
    public TimeSpan? Last(IEnumerable<string> backends, long since) =>
        Spans(backends) is { Length: > 0 } spans ? Stopwatch.GetElapsedTime(since, spans.Max(span => span.Last)) : null;

    private (long First, long Last)[] Spans(IEnumerable<string> backends) =>
        [.. backends.Where(_answers.ContainsKey).Select(backend => _answers[backend])];
}
