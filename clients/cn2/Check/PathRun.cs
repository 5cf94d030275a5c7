using System.Collections.Immutable;

namespace Orleans.Cn2.Cli.Check;

/// <summary>Sends the requests of every path: each place, each family, each port of each Service.</summary>
internal sealed class PathRun(ICheckGround ground)
{
    /// <summary>Requests over each of place and family.</summary>
    public const int Requests = 400;

    private const int Fewest = 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    /// <summary>Requests to each port when there are this many of a family.</summary>
    public static int Share(int targets) => Math.Max(Fewest, Requests / Math.Max(1, targets));

    /// <summary>Sends from one place after another, so that latencies are those of the path and not of the queue before it.</summary>
    public async Task<ImmutableArray<PathFigure>> RunAsync(ImmutableArray<Target> targets, ServiceReach reach, CancellationToken cancellation)
    {
        ImmutableArray<PathFigure>.Builder figures = ImmutableArray.CreateBuilder<PathFigure>();
        foreach (Place place in ground.Places)
        {
            foreach (IGrouping<string, Target> family in targets.GroupBy(target => target.Family))
            {
                foreach (Target target in family.Where(target => reach.From(place, target)))
                {
                    figures.Add(new PathFigure(place, target, await ground.SendAsync(place, target, Share(family.Count()), Timeout, cancellation).ConfigureAwait(false)));
                }
            }
        }

        return figures.ToImmutable();
    }

    /// <summary>Names the paths on which requests failed.</summary>
    public static IEnumerable<string> Failures(IEnumerable<PathFigure> figures) => figures
        .Where(figure => figure.Report.Failed > 0)
        .Select(figure => $"{figure.Place.Label} to {figure.Target}: {figure.Report.Failed} of {figure.Report.Sent} requests failed ("
            + string.Join(", ", figure.Report.Failures.Select(failure => $"{failure.Value} x {failure.Key}")) + ")");
}
