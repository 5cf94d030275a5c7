using System.CommandLine;
using System.CommandLine.Invocation;
using Orleans.Cn2.Cli.Check;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Commands;
using Orleans.Cn2.Cli.Commands.Admin;
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
            CommandLine.TlsCa,
            CommandLine.TlsCert,
            CommandLine.TlsKey,
            CommandLine.TokenFile,
            CommandLine.Output,
            CommandLine.Namespace,
            ApplyCommand.Create(),
            GetCommand.Create(),
            ObjectCommands.Describe(),
            ObjectCommands.Delete(),
            DrainCommands.Drain(),
            DrainCommands.Undrain(),
            WaitCommand.Create(),
            WatchCommand.Create(),
            LabCommands.Scale("scale", "Change the number of pods of a workload of the lab"),
            DiagnosticCommands.Explain(),
            DiagnosticCommands.Flows(),
            DiagnosticCommands.Drops(),
            DiagnosticCommands.Status(),
            CallCommand.Create(),
            AdminCommands.Create(),
            LabCommands.Create(),
            CheckCommand.Create(),
            CompletionCommand.Create());
        return root;
    }

    /// <summary>Runs a command line; what can't be parsed is a usage error like any other.</summary>
    public static async Task<int> RunAsync(string[] args, InvocationConfiguration configuration)
    {
        ParseResult parsed = Root().Parse(args);
        int code = await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        return parsed.Action is ParseErrorAction ? ExitCodes.Usage : code;
    }

    // After Ctrl-C a lab is taken down: pods, workers and namespaces of many nodes take their time.
    private static Task<int> Main(string[] args) => RunAsync(args, new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
}
