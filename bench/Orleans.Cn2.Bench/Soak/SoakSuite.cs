using Orleans.Cn2.Bench.Figures;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Testing.Faults;
using Orleans.Cn2.Testing.Processes;
using Spectre.Console;

namespace Orleans.Cn2.Bench.Soak;

/// <summary>The control plane under faults for longer than the tests have time for: nothing acknowledged may be lost, nothing doubled.</summary>
/// <param name="run">Takes the figures.</param>
/// <param name="length">How long silos of a cluster and their store die.</param>
/// <param name="kills">How often a silo with the embedded store is killed.</param>
/// <param name="seed">Of what callers choose and which faults strike; when each happens is up to the machine.</param>
internal sealed class SoakSuite(SuiteRun run, TimeSpan length, int kills, int seed)
{
    /// <summary>Parts by name, in the order of the report.</summary>
    public IReadOnlyDictionary<string, Func<Task>> Parts => new Dictionary<string, Func<Task>>
    {
        ["cluster"] = ClusterAsync,
        ["kills"] = KillsAsync,
    };

    private async Task ClusterAsync()
    {
        long began = TimeProvider.System.GetTimestamp();
        Report("three silos on PostgreSQL", await FaultSoak.OfClusterAsync(seed, _ => TimeProvider.System.GetElapsedTime(began) < length, Tell));
    }

    private async Task KillsAsync()
    {
        using ScratchFolder scratch = new();
        Report("a silo on the embedded store", await FaultSoak.OfOneSiloAsync(scratch.Of("data"), seed, count => count < kills, Tell));
    }

    private void Report(string what, SoakReport report)
    {
        Tell(report.ToString());
        run.Report(new Figure($"broken promises, {what}", Samples.Of(report.Violations.Length), "violations", Target: 0));
        run.Report(new Figure($"faults, {what}", Samples.Of(report.Faults.Values.Sum()), "faults"));
        run.Report(new Figure($"calls, {what}", Samples.Of(report.Calls), "calls"));
        run.Report(new Figure($"calls of unknown outcome, {what}", Samples.Of(report.Unknown), "calls"));
        run.Report(new Figure($"addresses used again, {what}", Samples.Of(report.Reused), "addresses"));
        run.Report(new Figure($"every caller writes again after a fault, at worst, {what}", Samples.Of(report.WorstRecovery.TotalSeconds), "s"));
    }

    private static void Tell(string line) => AnsiConsole.WriteLine("  " + line);
}
