using System.Diagnostics;
using System.Globalization;

namespace Orleans.Cn2.Cli.Check;

/// <summary>Tells the steps of the job with the time each took.</summary>
internal sealed class StepLog(TextWriter output)
{
    private readonly List<StepFigure> _done = [];
    private int _number;

    /// <summary>Steps done so far.</summary>
    public IReadOnlyList<StepFigure> Done => _done;

    /// <summary>Where the steps are told; what a step writes there stands below its title.</summary>
    public TextWriter Output => output;

    /// <summary>Runs a step.</summary>
    public async Task RunAsync(string title, Func<Task> step)
    {
        output.WriteLine($"[{++_number}] {title}");
        long began = Stopwatch.GetTimestamp();
        await step().ConfigureAwait(false);
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        _done.Add(new StepFigure(title, took.TotalSeconds));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    done in {took.TotalSeconds:0.0} s"));
    }

    /// <summary>Tells a detail of the running step.</summary>
    public void Say(string text) => output.WriteLine($"    {text}");
}

/// <summary>A step and its duration.</summary>
internal sealed record StepFigure(string Step, double Seconds);
