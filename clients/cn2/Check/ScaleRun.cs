using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Cli.Check;

/// <summary>Scales a workload up and down while every place sends requests over both families.</summary>
internal sealed class ScaleRun(ICheckGround ground, ChangeTimes times)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);

    /// <summary>The sizes gone through: r, r + 2, max(2, r / 2).</summary>
    public static (int Up, int Down) Sizes(int replicas) => (replicas + 2, Math.Max(2, replicas / 2));

    /// <summary>Runs; the loads see every change.</summary>
    public async Task<ImmutableArray<PathFigure>> RunAsync(
        WorkloadSpec workload, ImmutableArray<Target> targets, ServiceReach reach, CancellationToken cancellation)
    {
        AnswerClock clock = new();
        List<(Place Place, Target Target, ICheckLoad Load)> loads = [];
        List<PathFigure> figures = [];
        try
        {
            loads.AddRange(ground.Places.SelectMany(place => targets.Where(target => reach.From(place, target)).Select(target => (place, target, ground.StartLoad(place, target, clock.Answered)))));
            await ScaleAsync(workload, clock, cancellation).ConfigureAwait(false);
        }
        finally
        {
            foreach ((Place place, Target target, ICheckLoad load) in loads)
            {
                TrafficReport report = await load.StopAsync().ConfigureAwait(false);
                figures.Add(new PathFigure(place, target, report));
            }
        }

        return [.. figures];
    }

    private async Task ScaleAsync(WorkloadSpec workload, AnswerClock clock, CancellationToken cancellation)
    {
        (int up, int down) = Sizes(workload.Replicas);
        long began = Stopwatch.GetTimestamp();
        Scaled grown = await ground.ScaleAsync(workload.Id, up, cancellation).ConfigureAwait(false);
        await ground.SettleAsync(cancellation).ConfigureAwait(false);
        await AnsweredAsync(clock, grown.Created, cancellation).ConfigureAwait(false);
        times.ScaledUpToFirstAnswer = clock.First(grown.Created, began);

        began = Stopwatch.GetTimestamp();
        Scaled shrunk = await ground.ScaleAsync(workload.Id, down, cancellation).ConfigureAwait(false);
        times.ScaledDownToDrained = Stopwatch.GetElapsedTime(began);
        await ground.SettleAsync(cancellation).ConfigureAwait(false);
        times.ScaledDownToLastAnswer = clock.Last(shrunk.Ended, began);
    }

    private static async Task AnsweredAsync(AnswerClock clock, ImmutableArray<string> pods, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        while (!clock.HaveAnswered(pods))
        {
            if (Stopwatch.GetElapsedTime(began) > AnswerLimit)
            {
                string[] silent = [.. pods.Where(pod => !clock.HaveAnswered([pod]))];
                throw new CheckFailure($"no request reached the new pods {string.Join(", ", silent)} within {AnswerLimit.TotalSeconds} s of scaling up");
            }

            await Task.Delay(5, cancellation).ConfigureAwait(false);
        }
    }
}
