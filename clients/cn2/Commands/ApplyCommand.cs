using System.Collections.Immutable;
using System.CommandLine;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Cli.Waiting;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Manifests;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 apply</c>.</summary>
internal static class ApplyCommand
{
    public static Command Create()
    {
        Option<string[]> files = new("--filename", "-f") { Description = "Manifest file (YAML or JSON), - for standard input; repeatable", Required = true };
        Option<bool> atomic = new("--atomic") { Description = "Apply all documents or none; without it each on its own, and the exit code tells of the worst" };
        Option<bool> dryRun = new("--dry-run") { Description = "Check and allocate as for real, then undo" };
        Option<int?> wait = WaitOptions.Share();
        Option<double> timeout = WaitOptions.Limit();
        return new Command("apply", "Create or change what manifests describe: Services by the control plane, workloads in a running lab")
            .With(files, atomic, dryRun, wait, timeout)
            .Does(async (parsed, cancellation) =>
            {
                int? percent = WaitOptions.PercentOf(parsed, wait);
                TimeSpan limit = WaitOptions.LimitOf(parsed, timeout);
                List<ManifestError> malformed = [];
                ManifestSet set = Read(parsed.GetRequiredValue(files), malformed);
                foreach (ManifestDocument skipped in set.Skipped)
                {
                    await Console.Error.WriteLineAsync(skipped.Skipped).ConfigureAwait(false);
                }

                using Cn2Client client = CommandLine.Connect(parsed);
                Applier applier = new(client, Console.Out, malformed.Count > 0 ? [new ManifestException([.. malformed])] : []);
                bool applied = await applier.ApplyAsync(
                    set.HandedOver, parsed.GetValue(atomic), parsed.GetValue(dryRun), cancellation).ConfigureAwait(false);
                foreach (string line in applier.Failures.SelectMany(ErrorReport.Lines))
                {
                    await Console.Error.WriteLineAsync($"error: {line}").ConfigureAwait(false);
                }

                if (applied || !parsed.GetValue(atomic))
                {
                    await ApplyWorkloadsAsync(set, parsed.GetValue(dryRun), cancellation).ConfigureAwait(false);
                    if (percent is { } share)
                    {
                        await new ProgrammingWait(client, limit).ProgrammedAsync(applier.Fences, share, cancellation).ConfigureAwait(false);
                    }
                }

                return applied ? ExitCodes.Ok : applier.Failures.Select(ErrorReport.CodeOf).Max();
            });
    }

    /// <summary>Reads manifest files; <c>-</c> is standard input.</summary>
    /// <exception cref="ManifestException">A file or a document can't be read.</exception>
    public static ManifestSet Read(IEnumerable<string> files)
    {
        List<ManifestError> errors = [];
        ManifestSet set = Read(files, errors);
        return errors.Count == 0 ? set : throw new ManifestException([.. errors]);
    }

    private static ManifestSet Read(IEnumerable<string> files, ICollection<ManifestError> errors) => ManifestSet.From(
        [.. files.SelectMany(file => file == "-" ? ManifestReader.Read(Console.In.ReadToEnd(), "-", errors) : ManifestReader.ReadFile(file, errors))], errors);

    private static async Task ApplyWorkloadsAsync(ManifestSet set, bool dryRun, CancellationToken cancellation)
    {
        if (dryRun || (set.Workloads.IsEmpty && set.ConfigMaps.IsEmpty && set.Targets.IsEmpty))
        {
            return;
        }

        using LabSession? lab = await LabSession.OpenAsync(LabSession.DefaultName, Console.Error, cancellation).ConfigureAwait(false);
        if (lab is null)
        {
            ImmutableArray<string> names = [.. set.Workloads.Select(workload => workload.Id.ToString())];
            if (!names.IsEmpty)
            {
                await Console.Error.WriteLineAsync($"skipped: {string.Join(", ", names)}: no lab is up to run them (cn2 lab up)").ConfigureAwait(false);
            }

            return;
        }

        await lab.ApplyAsync(set, cancellation).ConfigureAwait(false);
    }
}
