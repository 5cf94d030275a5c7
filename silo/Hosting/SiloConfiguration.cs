using System.Collections.Immutable;

namespace Orleans.Cn2.Silo.Hosting;

/// <summary>Gathers the options' sources: appsettings.json, environment, flags; the later one wins.</summary>
internal static class SiloConfiguration
{
    private const string EnvironmentPrefix = "CN2_";

    public static (SiloOptions? Options, ImmutableArray<string> Errors) Read(string[] args)
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
        (SiloOptions? options, ImmutableArray<string> errors) = SiloOptions.Read(new ConfigurationBuilder()
            .AddConfiguration(file.GetSection("Cn2"))
            .AddInMemoryCollection(FromEnvironment())
            .AddInMemoryCollection(CommandLineFlags.Parse(args, malformedFlags))
            .Build());
        return malformedFlags.Count > 0 ? (null, [.. malformedFlags, .. errors]) : (options, errors);
    }

    private static Dictionary<string, string?> FromEnvironment() => SiloOptions.Keys
        .Select(key => (key, value: Environment.GetEnvironmentVariable(EnvironmentPrefix + key.Replace('-', '_').ToUpperInvariant())))
        .Where(pair => pair.value is not null)
        .ToDictionary(pair => pair.key, pair => pair.value);
}
