using System.Text.Json;
using Orleans.Cn2.Cli.Output;

namespace Orleans.Cn2.Cli.Check;

/// <summary>What one path of the check took: a place that requests come from, a family, a service port.</summary>
internal sealed record PathResult(string Step, string From, string To, int Sent, int Failed, IReadOnlyDictionary<string, int> BackEnds, string? FirstFailure)
{
    /// <summary>Both results of one path together.</summary>
    public PathResult And(PathResult later) => this with
    {
        Sent = Sent + later.Sent,
        Failed = Failed + later.Failed,
        BackEnds = BackEnds.Concat(later.BackEnds).GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => group.Sum(entry => entry.Value)),
        FirstFailure = FirstFailure ?? later.FirstFailure,
    };
}

/// <summary>Gathers the results of a check and tells them.</summary>
internal sealed class CheckReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly List<PathResult> _paths = [];
    private readonly List<string> _faults = [];

    /// <summary>Everything that was not as it should be.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Takes the result of a path; a failed request is a fault.</summary>
    public void Add(PathResult result)
    {
        int known = _paths.FindIndex(path => (path.Step, path.From, path.To) == (result.Step, result.From, result.To));
        if (known < 0)
        {
            _paths.Add(result);
        }
        else
        {
            _paths[known] = _paths[known].And(result);
        }

        if (result.Failed > 0)
        {
            _faults.Add($"{result.Step}: {result.Failed} of {result.Sent} requests from {result.From} to {result.To} failed: {result.FirstFailure}");
        }
    }

    /// <summary>A condition that must hold.</summary>
    public void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            _faults.Add(otherwise);
        }
    }

    /// <summary>Prints one line a path.</summary>
    public void Print(TextWriter output) => Printer.Table(
        _paths,
        [
            new("STEP", path => path.Step),
            new("FROM", path => path.From),
            new("TO", path => path.To),
            new("SENT", path => $"{path.Sent}"),
            new("FAILED", path => $"{path.Failed}"),
            new("BACK ENDS", path => string.Join(' ', path.BackEnds.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}:{entry.Value}"))),
        ],
        wide: false,
        output);

    /// <summary>Writes the figures as JSON.</summary>
    public void WriteJson(string file)
    {
        using FileStream stream = File.Create(file);
        JsonSerializer.Serialize(stream, new { paths = _paths, faults = _faults }, Json);
    }
}
