using System.CommandLine;
using Orleans.Cn2.Bench.Control;
using Orleans.Cn2.Bench.Datapath;
using Orleans.Cn2.Bench.Figures;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Bench.Soak;
using Orleans.Cn2.Testing.Processes;
using Spectre.Console;

namespace Orleans.Cn2.Bench;

/// <summary>Runs a suite, prints its figures, writes them as JSON, and ends with 1 where a target is missed.</summary>
internal static class BenchProgram
{
    private const int ReportWidth = 200;

    public static Task<int> Main(string[] args)
    {
        Argument<string> suite = new("suite") { Description = "datapath, control or soak" };
        suite.AcceptOnlyFromAmong("datapath", "control", "soak");
        Option<FileInfo?> json = new("--json") { Description = "Write the figures here as an array of {figure, value, unit, peer, ratio, target, met}." };
        Option<int> rounds = new("--rounds") { Description = "Rounds of each figure; the median counts.", DefaultValueFactory = _ => 9 };
        Option<int> length = new("--round-ms") { Description = "Length of a round, ms of wall-clock time.", DefaultValueFactory = _ => 300 };
        Option<string?> only = new("--only") { Description = "Only these parts of the suite, separated by commas." };
        Option<FileInfo> worker = new("--worker") { Description = "The published forwarding worker.", DefaultValueFactory = _ => new FileInfo("artifacts/bin/cn2-vrouter") };
        Option<FileInfo> silo = new("--silo") { Description = "The published silo.", DefaultValueFactory = _ => new FileInfo("artifacts/silo/cn2-silo.dll") };
        Option<int> services = new("--services") { Description = "control: Services that a full silo holds.", DefaultValueFactory = _ => 10_000 };
        Option<int> vmis = new("--vmis") { Description = "control: VMIs of each.", DefaultValueFactory = _ => 20 };
        Option<int> workers = new("--workers") { Description = "control: nodes, with a worker each.", DefaultValueFactory = _ => 1_000 };
        Option<double> minutes = new("--minutes") { Description = "soak: how long the cluster is under faults.", DefaultValueFactory = _ => 10 };
        Option<int> kills = new("--kills") { Description = "soak: how often the silo on the embedded store is killed.", DefaultValueFactory = _ => 50 };
        Option<int> seed = new("--seed") { Description = "soak: seed of what callers choose and which faults strike; any unless told.", DefaultValueFactory = _ => Random.Shared.Next() };
        RootCommand root = new("Measures Orleans.Cn2 beside what users run today. Exit status 1: a target is missed.") { suite, json, rounds, length, only, worker, silo, services, vmis, workers, minutes, kills, seed };
        root.SetAction(async (parsed, cancel) =>
        {
            Checkout.Silo = parsed.GetValue(silo)!.FullName;
            SuiteRun run = new(parsed.GetValue(rounds), TimeSpan.FromMilliseconds(parsed.GetValue(length)), parsed.GetValue(only));
            await run.RunAsync(parsed.GetValue(suite) switch
            {
                "control" => new ControlSuite(run, new ControlSize(parsed.GetValue(services), parsed.GetValue(vmis), parsed.GetValue(workers))).Parts,
                "soak" => new SoakSuite(run, TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(kills), parsed.GetValue(seed)).Parts,
                _ => new DatapathSuite(run, parsed.GetValue(worker)!.FullName).Parts,
            });
            AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, ReportWidth);
            Report.Print(run.Figures, AnsiConsole.Console);
            if (parsed.GetValue(json) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, Report.ToJson(run.Figures) + "\n", cancel);
            }

            return run.Figures.Any(figure => figure.IsMet == false) ? 1 : 0;
        });
        return root.Parse(args).InvokeAsync();
    }
}
