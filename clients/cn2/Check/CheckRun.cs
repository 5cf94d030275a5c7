using System.Collections.Immutable;
using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Check;

/// <summary>One run of the main job from bringing up to taking down, whatever happens between; its verdict is the last line.</summary>
internal sealed class CheckRun(CheckPlan plan, bool simulated, bool keep, string? json, TextWriter output, bool plain)
{
    /// <summary>Runs the job within a limit and returns the exit code.</summary>
    public async Task<int> RunAsync(Func<StepLog, ICheckGround> make, TimeSpan limit, CancellationToken cancellation)
    {
        StepLog steps = new(output);
        CheckReport report = new(output, plain);
        using CancellationTokenSource bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(limit);
        string? failure = null;
        int code = ExitCodes.Ok;
        ICheckGround ground = make(steps);
        MainJob job = new(ground, plan, steps, report);
        try
        {
            await job.RunAsync(bounded.Token).ConfigureAwait(false);
            if (!keep)
            {
                await job.DeleteAsync(bounded.Token).ConfigureAwait(false);
            }
        }
        catch (Exception broken) when (broken is CheckFailure || ErrorReport.Knows(broken))
        {
            (failure, code) = Reason(broken, limit, cancellation);
        }

        CheckFigures figures = job.Figures;
        ImmutableArray<string> next = keep && failure is null ? ground.Keep() : [];
        try
        {
            await ground.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception broken) when (ErrorReport.Knows(broken))
        {
            failure = $"{(failure is null ? "" : failure + "; ")}taking down failed: {string.Join("; ", ErrorReport.Lines(broken))}";
            code = code == ExitCodes.Ok ? ExitCodes.Refused : code;
        }

        output.WriteLine();
        report.Times(figures.Times);
        if (json is not null)
        {
            await File.WriteAllTextAsync(json, CheckReport.Json(figures, failure is null, failure, simulated) + "\n", CancellationToken.None).ConfigureAwait(false);
        }

        foreach (string line in next)
        {
            output.WriteLine(line);
        }

        output.WriteLine(failure is not null ? $"CHECK failed: {failure}"
            : simulated ? "CHECK passed (simulated: no packet left this process)"
            : "CHECK passed");
        return code;
    }

    private static (string Failure, int Code) Reason(Exception broken, TimeSpan limit, CancellationToken cancellation) => broken switch
    {
        _ when cancellation.IsCancellationRequested => ("interrupted", ExitCodes.Interrupted),
        OperationCanceledException => ($"not done within {limit.TotalSeconds} s", ExitCodes.Refused),
        CheckFailure => (broken.Message, ExitCodes.Refused),
        _ => (string.Join("; ", ErrorReport.Lines(broken)), ErrorReport.CodeOf(broken)),
    };
}
