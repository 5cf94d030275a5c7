using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;

namespace Orleans.Cn2.Hosting.Settings;

/// <summary>Gathers the options' sources: appsettings.json, environment, flags; the later one wins.</summary>
internal static class ProgramConfiguration
{
    private const string EnvironmentPrefix = "CN2_";

    /// <summary>Reads a program's options, or says everything that is wrong with them.</summary>
    /// <param name="args">The program's arguments.</param>
    /// <param name="keys">Keys of its options: of the environment, variables of other names are none of its business.</param>
    /// <param name="read">Makes options of the sources.</param>
    public static (T? Options, ImmutableArray<string> Errors) Read<T>(
        string[] args, ImmutableArray<string> keys, Func<IConfiguration, (T? Options, ImmutableArray<string> Errors)> read)
        where T : class
    {
        IConfiguration file;
        try
        {
            file = new ConfigurationBuilder()
                .SetBasePath(AppContext.BaseDirectory)
                .AddJsonFile("appsettings.json", optional: true)
                .Build();
        }
        catch (InvalidDataException malformed)
        {
            return (null, [$"appsettings.json: {malformed.InnerException?.Message ?? malformed.Message}"]);
        }

        List<string> malformedFlags = [];
        (T? options, ImmutableArray<string> errors) = read(new ConfigurationBuilder()
            .AddConfiguration(file.GetSection("Cn2"))
            .AddInMemoryCollection(FromEnvironment(keys))
            .AddInMemoryCollection(CommandLineFlags.Parse(args, malformedFlags))
            .Build());
        return malformedFlags.Count > 0 ? (null, [.. malformedFlags, .. errors]) : (options, errors);
    }

    private static Dictionary<string, string?> FromEnvironment(ImmutableArray<string> keys) => keys
        .Select(key => (key, value: Environment.GetEnvironmentVariable(EnvironmentPrefix + key.Replace('-', '_').ToUpperInvariant())))
        .Where(pair => pair.value is not null)
        .ToDictionary(pair => pair.key, pair => pair.value);
}
