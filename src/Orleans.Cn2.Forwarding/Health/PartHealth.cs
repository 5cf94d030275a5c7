namespace Orleans.Cn2.Forwarding.Health;

/// <summary>A part of a vRouter that failed, or put something right, since it started.</summary>
/// <param name="Part">Its name: a background loop, or what it looks after.</param>
/// <param name="IsFaulty">True while it fails.</param>
/// <param name="Cause">The newest fault or repair in words.</param>
/// <param name="Faults">How often it failed.</param>
/// <param name="Repairs">How often it put something right that others had changed.</param>
/// <param name="At">When the newest fault or repair was.</param>
public sealed record PartHealth(string Part, bool IsFaulty, string Cause, ulong Faults, ulong Repairs, DateTimeOffset At);

/// <summary>What happened to a part.</summary>
public enum HealthEventKind
{
    /// <summary>It failed and is tried again.</summary>
    Faulted,

    /// <summary>It works again.</summary>
    Recovered,

    /// <summary>It put right what others had changed.</summary>
    Repaired,
}

/// <summary>One happening, for logs and counters.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Part">To which part.</param>
/// <param name="Text">In words.</param>
/// <param name="Failure">What was thrown; null where nothing was.</param>
public sealed record HealthEvent(HealthEventKind Kind, string Part, string Text, Exception? Failure);
