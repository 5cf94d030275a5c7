using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orleans.Cn2.Hosting.Telemetry;

/// <summary>
/// Metrics for Prometheus always, export by OTLP where the standard environment variables ask for it. One trace runs from the API call through
/// the grains; Orleans' own sources carry it between silos. Traces that nobody exports are not made: each step of each call would be one.
/// </summary>
internal static class ServerTelemetry
{
    /// <summary>
    /// True when traces go out. Only then are calls between grains to carry theirs: the filters that see to it cost every call some microseconds.
    /// </summary>
    public static bool ExportsTraces { get; } = IsExported("TRACES");

    /// <summary>Adds telemetry of this program and instance.</summary>
    public static void Add(IServiceCollection services, string program, string instance)
    {
        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(program, serviceInstanceId: instance))
            .WithMetrics(metrics =>
            {
                metrics
                    .AddMeter("Orleans.Cn2.*")
                    .AddMeter("Microsoft.Orleans")
                    .AddAspNetCoreInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddView(MetricShape.Of)
                    .AddPrometheusExporter();
                if (IsExported("METRICS"))
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (ExportsTraces)
        {
            telemetry.WithTracing(tracing => tracing
                .AddSource("Orleans.Cn2.*")
                // Calls of grains whose namespace begins with Orleans, as ours does, are told by the runtime's source.
                .AddSource("Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime", "Microsoft.Orleans.Storage")
                .AddAspNetCoreInstrumentation()
                .SetSampler(new ParentBasedSampler(new RootSampler()))
                .AddOtlpExporter());
        }
    }

    private static bool IsExported(string signal) => IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
