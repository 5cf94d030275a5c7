using System.CommandLine;
using Orleans.Cn2.Cli.Check;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Commands;
using Orleans.Cn2.Cli.Commands.Lab;

namespace Orleans.Cn2.Cli;

/// <summary>Entry point of <c>cn2</c>.</summary>
internal static class CliProgram
{
    /// <summary>All commands.</summary>
    public static RootCommand Root()
    {
        RootCommand root = new("cn2: services with FloatingIPs over ECMP, on your own nodes.");
        root.With(
            CommandLine.Server,
            CommandLine.Output,
            CommandLine.Namespace,
            ApplyCommand.Create(),
            GetCommand.Create(),
            ObjectCommands.Describe(),
            ObjectCommands.Delete(),
            WatchCommand.Create(),
            LabCommands.Scale("scale", "Change the number of pods of a workload of the lab"),
            DiagnosticCommands.Explain(),
            DiagnosticCommands.Flows(),
            DiagnosticCommands.Drops(),
            DiagnosticCommands.Status(),
            LabCommands.Create(),
            CheckCommand.Create());
        return root;
    }

    // After Ctrl-C a lab is taken down: pods, workers and namespaces of many nodes take their time.
    private static Task<int> Main(string[] args) =>
        Root().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
}
