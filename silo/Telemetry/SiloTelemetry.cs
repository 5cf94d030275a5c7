using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orleans.Cn2.Silo.Telemetry;

/// <summary>
/// Metrics for Prometheus always, export by OTLP where the standard environment variables ask for it. One trace runs from the API call through
/// the grains; Orleans' own sources carry it between silos.
/// </summary>
internal static class SiloTelemetry
{
    private static readonly double[] SubMillisecondBounds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    public static void Add(IServiceCollection services, string silo)
    {
        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("cn2-silo", serviceInstanceId: silo))
            .WithMetrics(metrics => metrics
                .AddMeter("Orleans.Cn2.*")
                .AddMeter("Microsoft.Orleans")
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddView(
                    instrument => instrument is { Unit: "s" } && instrument.Meter.Name.StartsWith("Orleans.Cn2", StringComparison.Ordinal)
                        ? new ExplicitBucketHistogramConfiguration { Boundaries = SubMillisecondBounds }
                        : null)
                .AddPrometheusExporter())
            .WithTracing(tracing => tracing
                .AddSource("Orleans.Cn2.*")
                .AddSource("Microsoft.Orleans.Application", "Microsoft.Orleans.Storage")
                .AddAspNetCoreInstrumentation());
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 })
        {
            telemetry.UseOtlpExporter();
        }
    }
}
