namespace Orleans.Cn2.Cluster.Tests;

/// <summary>The system's clock, set forward by tests that can't wait for hours; timers run as ever.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    /// <summary>Sets the clock forward.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ticks));
}
