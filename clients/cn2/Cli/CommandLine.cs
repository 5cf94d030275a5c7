using System.CommandLine;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Client;

namespace Orleans.Cn2.Cli.Cli;

/// <summary>Options that all commands share, and how a command's action is run.</summary>
internal static class CommandLine
{
    private const string DefaultServer = "http://127.0.0.1:7400";

    public static Option<string> Server { get; } = new("--server", "-s")
    {
        Description = "Control plane: http://HOST:PORT, https://HOST:PORT or unix:/PATH, several with commas between (default: $CN2_SERVER, else a running lab, else " + DefaultServer + ")",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("CN2_SERVER") is { Length: > 0 } server ? server : LabServer() ?? DefaultServer,
    };

    public static Option<OutputFormat> Output { get; } = CreateOutput();

    public static Option<string> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "Namespace",
        Recursive = true,
        DefaultValueFactory = _ => "default",
    };

    public static Option<bool> AllNamespaces { get; } = new("--all-namespaces", "-A") { Description = "All namespaces" };

    public static Option<string> Selector { get; } = new("--selector", "-l")
    {
        Description = "Labels, as kubectl -l: a=b,c!=d,e in (x,y),!f",
        DefaultValueFactory = _ => "",
    };

    /// <summary>Connects as <c>--server</c> says.</summary>
    public static Cn2Client Connect(ParseResult parsed) => Cn2Client.Connect(parsed.GetRequiredValue(Server));

    /// <summary>The namespace asked for, "" for all.</summary>
    public static string NamespaceOf(ParseResult parsed) => parsed.GetValue(AllNamespaces) ? "" : parsed.GetRequiredValue(Namespace);

    /// <summary>Gives a command its action; what it throws is told in words and becomes the exit code.</summary>
    public static Command Does(this Command command, Func<ParseResult, CancellationToken, Task<int>> action)
    {
        command.SetAction(async (parsed, cancellation) =>
        {
            // Ctrl-C is heard only once this function has returned to its caller: nothing that has to be undone may begin before.
            await Task.Yield();
            try
            {
                return await action(parsed, cancellation).ConfigureAwait(false);
            }
            catch (Exception failure) when (ErrorReport.Knows(failure))
            {
                return ErrorReport.Write(failure, cancellation);
            }
        });
        return command;
    }

    private static Option<OutputFormat> CreateOutput()
    {
        Option<OutputFormat> output = new("--output", "-o")
        {
            Description = "table, wide, json or yaml",
            Recursive = true,
            DefaultValueFactory = _ => OutputFormat.Table,
        };
        output.CompletionSources.Clear();
        output.CompletionSources.Add("table", "wide", "json", "yaml");
        return output;
    }

    private static string? LabServer() =>
        Directory.Exists(LabSession.DirectoryOf(LabSession.DefaultName)) ? LabSilo.ServerOf(LabSession.DirectoryOf(LabSession.DefaultName)) : null;

    /// <summary>Gives a command arguments and options.</summary>
    public static Command With(this Command command, params ReadOnlySpan<Symbol> symbols)
    {
        foreach (Symbol symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    command.Arguments.Add(argument);
                    break;
                case Option option:
                    command.Options.Add(option);
                    break;
                case Command child:
                    command.Subcommands.Add(child);
                    break;
            }
        }

        return command;
    }
}
