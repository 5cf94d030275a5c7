using System.CommandLine;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Client;
using Orleans.Cn2.Transport;

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

    public static Option<string?> TlsCa { get; } = FileOption("--tls-ca", "PEM file of the authorities that the control plane's certificate must chain to", "CN2_TLS_CA");

    public static Option<string?> TlsCert { get; } = FileOption("--tls-cert", "PEM file of this client's certificate", "CN2_TLS_CERT");

    public static Option<string?> TlsKey { get; } = FileOption("--tls-key", "PEM file of its private key", "CN2_TLS_KEY");

    public static Option<string?> TokenFile { get; } = FileOption("--token-file", "File with a bearer token", "CN2_TOKEN_FILE");

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

    /// <summary>Connects as <c>--server</c> and the options about credentials say.</summary>
    /// <exception cref="CommandException">A file of the credentials can't be used.</exception>
    public static Cn2Client Connect(ParseResult parsed)
    {
        Cn2Credentials credentials = new(parsed.GetValue(TlsCa), parsed.GetValue(TlsCert), parsed.GetValue(TlsKey), parsed.GetValue(TokenFile));
        IReadOnlyList<Cn2Endpoint> servers = Cn2Endpoint.ParseAll(parsed.GetRequiredValue(Server));
        string[] faults = [.. credentials.Faults(servers)];
        return faults.Length == 0
            ? new Cn2Client(servers, credentials)
            : throw new CommandException(ExitCodes.Usage, string.Join("; ", faults));
    }

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

    private static Option<string?> FileOption(string name, string description, string variable) => new(name)
    {
        Description = $"{description} (default: ${variable})",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } file ? file : null,
    };

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
