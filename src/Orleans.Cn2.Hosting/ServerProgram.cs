using System.Collections.Immutable;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Orleans.Cn2.Storage;

namespace Orleans.Cn2.Hosting;

/// <summary>What programs that serve the API do from their first line to their exit status: 0 stopped, 2 wrong options, 3 can't serve.</summary>
internal static class ServerProgram
{
    private const int ExitUsage = 2;
    private const int ExitCannotServe = 3;

    /// <summary>Version of this build.</summary>
    public static string Version { get; } =
        typeof(ServerProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>Runs a program to its end and returns its exit status.</summary>
    /// <param name="name">Its name, before each line of an error.</param>
    /// <param name="help">What <c>--help</c> prints.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="read">Reads its options, or says all that is wrong with them.</param>
    /// <param name="build">Builds the server of these options, ready to run.</param>
    public static async Task<int> RunAsync<T>(
        string name, string help, string[] args, Func<string[], (T? Options, ImmutableArray<string> Errors)> read, Func<T, WebApplication> build)
        where T : class
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            await Console.Out.WriteLineAsync(help).ConfigureAwait(false);
            return 0;
        }

        if (args.Contains("--version"))
        {
            await Console.Out.WriteLineAsync(Version).ConfigureAwait(false);
            return 0;
        }

        (T? options, ImmutableArray<string> errors) = read(args);
        if (options is null)
        {
            foreach (string error in errors)
            {
                await Console.Error.WriteLineAsync($"{name}: {error}").ConfigureAwait(false);
            }

            return ExitUsage;
        }

        try
        {
            WebApplication app = build(options);
            await using (app.ConfigureAwait(false))
            {
                await app.RunAsync().ConfigureAwait(false);
            }

            return 0;
        }
        catch (Exception refusal) when (refusal is IOException or StorageUnavailableException)
        {
            await Console.Error.WriteLineAsync($"{name}: {refusal.Message}").ConfigureAwait(false);
            return ExitCannotServe;
        }
    }
}
