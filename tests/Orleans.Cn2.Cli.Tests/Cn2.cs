using System.CommandLine;

namespace Orleans.Cn2.Cli.Tests;

/// <summary>Runs <c>cn2</c> in this process.</summary>
internal static class Cn2
{
    private static readonly Lock Gate = new();

    /// <summary>Exit code, standard output and standard error of a command line.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] args)
    {
        // The console is one a process.
        lock (Gate)
        {
            TextWriter output = Console.Out;
            TextWriter error = Console.Error;
            using StringWriter captured = new();
            using StringWriter errors = new();
            Console.SetOut(captured);
            Console.SetError(errors);
            try
            {
                InvocationConfiguration configuration = new() { Output = captured, Error = errors };
                int code = CliProgram.RunAsync(args, configuration).GetAwaiter().GetResult();
                return (code, captured.ToString(), errors.ToString());
            }
            finally
            {
                Console.SetOut(output);
                Console.SetError(error);
            }
        }
    }

    /// <summary>The repository's root.</summary>
    public static string Root
    {
        get
        {
            DirectoryInfo? directory = new(AppContext.BaseDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Orleans.Cn2.sln")))
            {
                directory = directory.Parent;
            }

            return directory?.FullName ?? throw new InvalidOperationException("the tests run outside the repository");
        }
    }
}
