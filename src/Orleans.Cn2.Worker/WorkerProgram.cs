using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Worker.Control;
using Orleans.Cn2.Worker.Hosting;
using Orleans.Cn2.Worker.Telemetry;

namespace Orleans.Cn2.Worker;

/// <summary>Entry point of the forwarding worker.</summary>
internal static class WorkerProgram
{
    private const int ExitUsage = 2;
    private const int ExitCannotForward = 3;

    /// <summary>Version of this build.</summary>
    public static string Version { get; } =
        typeof(WorkerProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    private static async Task<int> Main(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            await Console.Out.WriteLineAsync(WorkerOptions.Help).ConfigureAwait(false);
            return 0;
        }

        if (args.Contains("--version"))
        {
            await Console.Out.WriteLineAsync(Version).ConfigureAwait(false);
            return 0;
        }

        IConfigurationRoot configuration;
        try
        {
            configuration = new ConfigurationBuilder().AddInMemoryCollection(FromEnvironment()).AddCommandLine(args).Build();
        }
        catch (FormatException malformed)
        {
            return await FailAsync(ExitUsage, malformed.Message).ConfigureAwait(false);
        }

        (WorkerOptions? options, ImmutableArray<string> errors) = WorkerOptions.Read(configuration);
        if (options is null)
        {
            return await FailAsync(ExitUsage, [.. errors]).ConfigureAwait(false);
        }

        try
        {
            using BootCounter boot = BootCounter.Acquire(options.StateDirectory);
            using IHost host = Build(options, boot);
            IForwardingPlane plane = host.Services.GetRequiredService<IForwardingPlane>();
            ILogger log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Orleans.Cn2.Worker");
            log.Started(options.Node, boot.Boot, plane.Engine, plane.ReadStatus().Mode);
            await host.RunAsync().ConfigureAwait(false);
            return 0;
        }
        catch (Exception refusal) when (refusal is IOException or InvalidDataException or ForwardingUnavailableException or UnauthorizedAccessException)
        {
            return await FailAsync(ExitCannotForward, refusal.Message).ConfigureAwait(false);
        }
    }

    private static IHost Build(WorkerOptions options, BootCounter boot)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        // The exporters read the standard variables from the host's configuration, which is empty otherwise.
        builder.Configuration.AddEnvironmentVariables();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Services
            .AddSingleton(options)
            .AddSingleton(boot)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<WorkerTelemetry>()
            .AddSingleton(services => HealthTeller.CreateBook(
                services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<WorkerTelemetry>(), TimeProvider.System))
            .AddSingleton(services => PlaneFactory.Open(options, services.GetRequiredService<HealthBook>()))
            .AddHostedService<ControlLoop>();
        TelemetryExport.Add(builder.Services, options.Node);
        return builder.Build();
    }

    private static Dictionary<string, string?> FromEnvironment() => WorkerOptions.Keys
        .Select(key => (key, value: Environment.GetEnvironmentVariable("CN2_" + key.Replace('-', '_').ToUpperInvariant())))
        .Where(pair => pair.value is not null)
        .ToDictionary(pair => pair.key, pair => pair.value);

    private static async Task<int> FailAsync(int status, params string[] messages)
    {
        foreach (string message in messages)
        {
            await Console.Error.WriteLineAsync("cn2-vrouter: " + message).ConfigureAwait(false);
        }

        return status;
    }
}
