using Orleans.Cn2.Bench.Figures;
using Spectre.Console;

namespace Orleans.Cn2.Bench.Measuring;

/// <summary>One run of a suite: how long and how often it measures, and the figures so far.</summary>
/// <param name="Count">Rounds of each figure.</param>
/// <param name="Round">Length of a round.</param>
/// <param name="Only">Part of the suite to run; null: all of it.</param>
internal sealed record SuiteRun(int Count, TimeSpan Round, string? Only)
{
    private readonly List<Figure> _figures = [];

    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>Runs the wanted parts one after another.</summary>
    /// <exception cref="ArgumentException">A part that is asked for is not among them.</exception>
    public async Task RunAsync(IReadOnlyDictionary<string, Func<Task>> parts)
    {
        foreach (string name in Only?.Split(',') ?? parts.Keys)
        {
            if (!parts.TryGetValue(name, out Func<Task>? part))
            {
                throw new ArgumentException($"--only: '{name}' must be one of {string.Join(", ", parts.Keys)}");
            }

            AnsiConsole.WriteLine(name);
            await part();
        }
    }

    /// <summary>One warm-up, of which nothing is kept, then the rounds.</summary>
    public void Interleave(Rounds rounds, Action once)
    {
        once();
        rounds.Clear();
        for (int i = 0; i < Count; i++)
        {
            once();
        }
    }

    /// <summary>Takes a figure and shows it at once.</summary>
    public void Report(Figure figure)
    {
        _figures.Add(figure);
        AnsiConsole.WriteLine($"  {figure.Name}{(figure.Peer is null ? "" : " / " + figure.Peer)}: {figure.Value:G4} {figure.Unit}"
            + $"{(figure.Ratio is { } ratio ? $" = {ratio:0.00}x" : "")} {(figure.IsMet switch { true => "met", false => "MISSED", null => "" })}");
    }
}
