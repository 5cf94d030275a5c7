using System.CommandLine;
using System.Runtime.InteropServices;
using Orleans.Cn2.Cli.Check.Lab;
using Orleans.Cn2.Cli.Check.Simulated;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Commands;
using Orleans.Cn2.Cli.Commands.Lab;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Requirements;

namespace Orleans.Cn2.Cli.Check;

/// <summary><c>cn2 check</c>: the main job, end to end.</summary>
internal static class CheckCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static Command Create()
    {
        Option<string[]> files = new("--filename", "-f") { Description = "Manifests to check (YAML or JSON); repeatable (default: the nginx dual-stack example)" };
        Option<int> nodes = LabCommands.Nodes();
        Option<int> silos = LabCommands.Silos();
        Option<string> engine = LabCommands.Engine();
        Option<bool> simulate = new("--simulate") { Description = "Keep all packets in this process' memory, on the managed engine; as without root" };
        Option<string> mode = LabCommands.Mode();
        Option<string> name = new("--name") { Description = "Name of the lab; one of the same name is taken down first", DefaultValueFactory = _ => LabSession.DefaultName };
        Option<bool> keep = new("--keep") { Description = "Leave the lab and the Services running and say what to try next" };
        Option<string> json = new("--json") { Description = "File to write the figures to" };
        return new Command("check", "Run the main job: Services from manifests, requests over every path, scaling under load, deletion")
            .With(files, nodes, silos, engine, simulate, mode, name, keep, json)
            .Does((parsed, cancellation) =>
            {
                string[] named = parsed.GetValue(files) ?? [];
                ManifestSet set = ApplyCommand.Read(named.Length > 0 ? named : [DefaultManifest.Path()]);
                if (parsed.GetValue(json) is { } figures)
                {
                    // Found out now and not after the job.
                    using FileStream writable = File.OpenWrite(figures);
                }

                string workers = parsed.GetRequiredValue(engine);
                CheckPlan plan = new(
                    set, parsed.GetValue(nodes), parsed.GetRequiredValue(mode), parsed.GetRequiredValue(name), parsed.GetValue(silos), workers);
                bool asked = parsed.GetResult(engine) is { Implicit: false };
                bool simulated = parsed.GetValue(simulate) || IsSimulatedHere(workers, asked, Console.Out);
                CheckRun run = new(plan, simulated, parsed.GetValue(keep), parsed.GetValue(json), Console.Out, Console.IsOutputRedirected);
                return run.RunAsync(steps => simulated ? new SimulatedGround(plan) : new LabGround(plan, steps), Limit, cancellation);
            });
    }

    // Without the means for real packets the same job runs in memory; what is missing is said. Who names an engine hears from it what it lacks.
    private static bool IsSimulatedHere(string engine, bool asked, TextWriter output)
    {
        string? missing = !OperatingSystem.IsLinux() ? $"this is {RuntimeInformation.OSDescription}, not Linux"
            : !Environment.IsPrivilegedProcess ? "network namespaces, and BPF or TUN interfaces, need root"
            : asked ? null
            : Environment.OSVersion.Version < new Version(5, 15) ? $"the kernel is {Environment.OSVersion.Version}; the eBPF engine needs 5.15 or newer, --engine managed does without"
            : LabRequirements.Missing(nginx: false).FirstOrDefault();
        if (missing is not null && !(asked && engine == LabEngine.Default.Name))
        {
            output.WriteLine($"real packets can't be sent here ({missing}); the same job runs on the managed engine with packets in memory");
            return true;
        }

        return false;
    }
}
