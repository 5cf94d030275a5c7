using System.CommandLine;
using System.Diagnostics;
using Orleans.Cn2.Cli.Check.Simulated;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Commands;
using Orleans.Cn2.Lab.Manifests;

namespace Orleans.Cn2.Cli.Check;

/// <summary><c>cn2 check</c>: the main job from manifests to answered requests, with a verdict in its last line.</summary>
internal static class CheckCommand
{
    private const string DefaultManifest = "k8s/examples/nginx-dual-stack.yaml";

    public static Command Create()
    {
        Option<string[]> files = new("--filename", "-f") { Description = $"Manifest file, repeatable (default {DefaultManifest})", DefaultValueFactory = _ => [DefaultManifest] };
        Option<int> nodes = new("--nodes") { Description = "Number of nodes, 1 to 50", DefaultValueFactory = _ => 2 };
        Option<string> engine = new("--engine") { Description = "managed: packets in memory", DefaultValueFactory = _ => "managed" };
        Option<string> json = new("--json") { Description = "Write the figures to this file", DefaultValueFactory = _ => "" };
        return new Command("check", "Apply manifests, send requests from everywhere, scale under load, delete, and say whether all of it held")
            .With(files, nodes, engine, json)
            .Does(async (parsed, cancellation) =>
            {
                if (parsed.GetRequiredValue(engine) != "managed")
                {
                    throw new CommandException(ExitCodes.Usage, $"engine: '{parsed.GetValue(engine)}' must be managed");
                }

                if (parsed.GetValue(nodes) is < 1 or > 50)
                {
                    throw new CommandException(ExitCodes.Usage, $"nodes: {parsed.GetValue(nodes)} must be between 1 and 50, inclusive");
                }

                long began = Stopwatch.GetTimestamp();
                ManifestSet set = ApplyCommand.Read(parsed.GetRequiredValue(files));
                CheckReport report = new();
                await new SimulatedJob(set, parsed.GetValue(nodes), report, Console.Out).RunAsync(cancellation).ConfigureAwait(false);
                await Console.Out.WriteLineAsync().ConfigureAwait(false);
                report.Print(Console.Out);
                if (parsed.GetValue(json) is { Length: > 0 } file)
                {
                    report.WriteJson(file);
                }

                await Console.Out.WriteLineAsync($"\n{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s").ConfigureAwait(false);
                await Console.Out.WriteLineAsync(report.Faults.Count == 0
                    ? "CHECK passed (simulated: no packet left this process)"
                    : $"CHECK failed: {string.Join("; ", report.Faults)}").ConfigureAwait(false);
                return report.Faults.Count == 0 ? ExitCodes.Ok : ExitCodes.Refused;
            });
    }
}
