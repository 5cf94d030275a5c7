using System.CommandLine;
using Orleans.Cn2.Cli.Backup;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;

namespace Orleans.Cn2.Cli.Commands.Admin;

/// <summary><c>cn2 admin export</c> and <c>import</c>.</summary>
internal static class BackupCommands
{
    private const string Standard = "-";

    public static Command Export()
    {
        Argument<string> file = new("file") { Description = "File to write, - for standard output" };
        return new Command("export", "Write all subnets, nodes, VMIs and Services with their addresses and uids to one file").With(file).Does(async (parsed, cancellation) =>
        {
            using Cn2Client client = CommandLine.Connect(parsed);
            ClusterBackup backup = await BackupExport.RunAsync(client, cancellation).ConfigureAwait(false);
            string name = parsed.GetRequiredValue(file);
            if (name == Standard)
            {
                await Console.Out.WriteLineAsync(backup.ToJson()).ConfigureAwait(false);
            }
            else
            {
                await File.WriteAllTextAsync(name, backup.ToJson() + "\n", cancellation).ConfigureAwait(false);
            }

            await Console.Error.WriteLineAsync($"exported {Count(backup)}").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    public static Command Import()
    {
        Argument<string> file = new("file") { Description = "File of cn2 admin export, - for standard input" };
        return new Command("import", "Make what a file of cn2 admin export holds; may be repeated").With(file).Does(async (parsed, cancellation) =>
        {
            string name = parsed.GetRequiredValue(file);
            string text = name == Standard
                ? await Console.In.ReadToEndAsync(cancellation).ConfigureAwait(false)
                : await File.ReadAllTextAsync(name, cancellation).ConfigureAwait(false);
            ClusterBackup backup = Read(name, text);
            using Cn2Client client = CommandLine.Connect(parsed);
            BackupImport import = new(client);
            await import.RunAsync(backup, cancellation).ConfigureAwait(false);
            foreach (string refusal in import.Refusals)
            {
                await Console.Error.WriteLineAsync(refusal).ConfigureAwait(false);
            }

            await Console.Error.WriteLineAsync($"imported {Count(backup)}; {import.Refusals.Count} of {backup.Count} refused").ConfigureAwait(false);
            return import.Refusals.Count == 0 ? ExitCodes.Ok : ExitCodes.Refused;
        });
    }

    private static ClusterBackup Read(string name, string text)
    {
        try
        {
            return ClusterBackup.Parse(text);
        }
        catch (FormatException malformed)
        {
            throw new CommandException(ExitCodes.Refused, $"{name}: {malformed.Message}");
        }
    }

    private static string Count(ClusterBackup backup) =>
        $"{backup.Subnets.Length} subnets, {backup.Nodes.Length} nodes, {backup.Vmis.Length} VMIs, {backup.Services.Length} Services";
}
