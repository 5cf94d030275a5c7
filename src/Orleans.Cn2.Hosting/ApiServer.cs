using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Api;
using Orleans.Cn2.Hosting.Listening;
using Orleans.Cn2.Hosting.Settings;
using Orleans.Cn2.Hosting.Telemetry;

namespace Orleans.Cn2.Hosting;

/// <summary>The API as silos and gateways serve it: logging, listeners, guards, telemetry. How it reaches the grains is up to the program.</summary>
internal static class ApiServer
{
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(15);

    /// <summary>A builder that serves the API once it has an <see cref="IGrainFactory"/>.</summary>
    /// <param name="program">Name of the program in telemetry.</param>
    /// <param name="instance">Name of this instance of it.</param>
    /// <param name="grpc">Where the gRPC API listens.</param>
    /// <param name="http">Where JSON, health and metrics are served.</param>
    /// <param name="security">Who may connect and do what.</param>
    public static WebApplicationBuilder CreateBuilder(
        string program, string instance, ImmutableArray<ListenAddress> grpc, ImmutableArray<ListenAddress> http, SecurityOptions security)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopBound);
        builder.WebHost.ConfigureKestrel(kestrel => ApiListeners.Listen(kestrel, grpc, http));
        builder.Services.Configure<SocketTransportOptions>(SocketModes.Use);
        builder.Services.AddCn2Api(ServerProgram.Version, security.Api);
        ServerTelemetry.Add(builder.Services, program, instance);
        return builder;
    }

    /// <summary>Builds the server and maps the API's endpoints.</summary>
    public static WebApplication Build(WebApplicationBuilder builder, SecurityOptions security)
    {
        WebApplication app = builder.Build();
        security.Cluster?.ReportTo(app.Logger);
        app.MapCn2Api();
        app.MapPrometheusScrapingEndpoint().RequireMetricsAccess();
        return app;
    }
}
