using System.Collections.Immutable;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Orleans.Cn2.Api;
using Orleans.Cn2.Api.Security.Tls;
using Orleans.Cn2.Grains;
using Orleans.Cn2.Silo.Hosting;
using Orleans.Cn2.Silo.Telemetry;
using Orleans.Cn2.Storage;
using SiloMessagingOptions = Orleans.Configuration.SiloMessagingOptions;

namespace Orleans.Cn2.Silo;

/// <summary>Composition root of a silo: options, Orleans with its grains and store, the API, telemetry.</summary>
internal static class SiloProgram
{
    private const int ExitUsage = 2;
    private const int ExitCannotServe = 3;

    /// <summary>Version of this build.</summary>
    public static string Version { get; } =
        typeof(SiloProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    private static async Task<int> Main(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            await Console.Out.WriteLineAsync(SiloOptions.Help);
            return 0;
        }

        if (args.Contains("--version"))
        {
            await Console.Out.WriteLineAsync(Version);
            return 0;
        }

        (SiloOptions? options, ImmutableArray<string> errors) = SiloConfiguration.Read(args);
        if (options is null)
        {
            foreach (string error in errors)
            {
                await Console.Error.WriteLineAsync("cn2-silo: " + error);
            }

            return ExitUsage;
        }

        try
        {
            await using WebApplication app = Build(options);
            await app.RunAsync();
            return 0;
        }
        catch (Exception refusal) when (refusal is IOException or StorageUnavailableException)
        {
            await Console.Error.WriteLineAsync("cn2-silo: " + refusal.Message);
            return ExitCannotServe;
        }
    }

    /// <summary>Builds the silo of these options, ready to run.</summary>
    internal static WebApplication Build(SiloOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Services.Configure<SocketTransportOptions>(SocketModes.Use);
        builder.UseOrleans(silo => silo
            .UseClusterTls(options.Security.Cluster)
            .UseCn2Cluster(options)
            .Configure<Orleans.Configuration.SiloOptions>(orleans => orleans.SiloName = options.Name)
            .Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(5))
            .AddActivityPropagation()
            .AddCn2Grains(cluster => cluster.ServiceCidrs = options.ServiceCidrs));
        builder.Services.AddCn2Api(Version, options.Security.Api);
        SiloTelemetry.Add(builder.Services, options.Name);

        WebApplication app = builder.Build();
        options.Security.Cluster?.ReportTo(app.Logger);
        app.MapCn2Api();
        app.MapPrometheusScrapingEndpoint().RequireMetricsAccess();
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, SiloOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
        ServerTls? tls = kestrel.ApplicationServices.GetService<ServerTls>();
        Bind(options.Grpc, HttpProtocols.Http2);
        Bind(options.Http, HttpProtocols.Http1);

        void Bind(ImmutableArray<ListenAddress> addresses, HttpProtocols protocols)
        {
            foreach (ListenAddress address in addresses)
            {
                if (address.SocketPath is { } path)
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    StaleSocket.Remove(path);
                    kestrel.ListenUnixSocket(path, listen => listen.Protocols = protocols);
                }
                else
                {
                    kestrel.Listen(address.EndPoint!, listen =>
                    {
                        listen.Protocols = protocols;
                        tls?.Use(listen);
                    });
                }
            }
        }
    }
}
