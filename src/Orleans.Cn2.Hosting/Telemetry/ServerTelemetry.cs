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
    private static readonly double[] SubMillisecondBounds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

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
                    .AddView(
                        instrument => instrument is { Unit: "s" } && instrument.Meter.Name.StartsWith("Orleans.Cn2", StringComparison.Ordinal)
                            ? new ExplicitBucketHistogramConfiguration { Boundaries = SubMillisecondBounds }
                            : null)
                    .AddPrometheusExporter();
                if (IsExported("METRICS"))
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (IsExported("TRACES"))
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
