using System.Collections.Immutable;
using Orleans.Cn2.Testing.Histories;

namespace Orleans.Cn2.Testing.Faults;

/// <summary>What came of a run under faults.</summary>
/// <param name="Seed">Of what callers chose and which faults struck.</param>
/// <param name="Faults">How many faults there were, by kind.</param>
/// <param name="Calls">How many calls.</param>
/// <param name="Acknowledged">How many of them were acknowledged.</param>
/// <param name="Unknown">How many of them had an outcome that nobody knows.</param>
/// <param name="Reused">How many addresses had more than one owner, one after the other.</param>
/// <param name="WorstRecovery">Longest time from the end of a fault until every caller wrote again.</param>
/// <param name="Violations">What broke.</param>
public sealed record SoakReport(
    int Seed,
    ImmutableSortedDictionary<string, int> Faults,
    int Calls,
    int Acknowledged,
    int Unknown,
    int Reused,
    TimeSpan WorstRecovery,
    ImmutableArray<Violation> Violations)
{
    public override string ToString() =>
        $"seed {Seed}: {string.Join(", ", Faults.Select(fault => $"{fault.Value} x {fault.Key}"))}; {Calls} calls, {Acknowledged} acknowledged, {Unknown} of unknown outcome; "
        + $"{Reused} addresses used again; all write again within {WorstRecovery.TotalSeconds:0.0} s; {Violations.Length} violations"
        + string.Concat(Violations.Take(20).Select(violation => $"\n{violation}"));
}
