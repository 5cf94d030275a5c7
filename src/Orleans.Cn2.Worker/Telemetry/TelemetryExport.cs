using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orleans.Cn2.Worker.Telemetry;

/// <summary>Export by OTLP, switched on by the standard environment variables alone.</summary>
internal static class TelemetryExport
{
    /// <summary>Adds the exporters where an OTLP endpoint is configured.</summary>
    public static void Add(IServiceCollection services, string node)
    {
        if (!Enabled("OTEL_EXPORTER_OTLP_ENDPOINT") && !Enabled("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") && !Enabled("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))
        {
            return;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("cn2-vrouter", serviceInstanceId: node))
            .WithTracing(tracing => tracing.AddSource(WorkerTelemetry.Name).AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddMeter(WorkerTelemetry.Name).AddOtlpExporter());
    }

    private static bool Enabled(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
