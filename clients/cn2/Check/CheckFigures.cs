using System.Collections.Immutable;
using Orleans.Cn2.Lab.Traffic;

namespace Orleans.Cn2.Cli.Check;

/// <summary>What one path took.</summary>
internal sealed record PathFigure(Place Place, Target Target, TrafficReport Report);

/// <summary>Times from a change to what packets showed of it; null where there was nothing to measure.</summary>
internal sealed record ChangeTimes
{
    /// <summary>From the request that created the first Service to the first answer at a FloatingIP of it.</summary>
    public TimeSpan? CreatedToFirstAnswer { get; set; }

    /// <summary>From the request to scale up (starting the pods included) to the first answer of a new pod.</summary>
    public TimeSpan? ScaledUpToFirstAnswer { get; set; }

    /// <summary>From the request to scale down to the last answer of a pod that ended.</summary>
    public TimeSpan? ScaledDownToLastAnswer { get; set; }

    /// <summary>From the request to scale down to the end of the last drained pod.</summary>
    public TimeSpan? ScaledDownToDrained { get; set; }

    /// <summary>From the request to delete to the acknowledgement by every node.</summary>
    public TimeSpan? DeletedToProgrammed { get; set; }
}

/// <summary>All that a run measured.</summary>
internal sealed record CheckFigures(
    ImmutableArray<PathFigure> Paths, ImmutableArray<PathFigure> UnderScaling, ChangeTimes Times, ImmutableArray<StepFigure> Steps);
