using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orleans.Cn2.Worker.Telemetry;

/// <summary>Export by OTLP, switched on by the standard environment variables alone.</summary>
internal static class TelemetryExport
{
    /// <summary>Adds the exporter of each signal that has an OTLP endpoint: its own, or the common one.</summary>
    public static void Add(IServiceCollection services, string node)
    {
        if (IsExported("TRACES"))
        {
            Add().WithTracing(tracing => tracing.AddSource(WorkerTelemetry.Name).AddOtlpExporter());
        }

        if (IsExported("METRICS"))
        {
            Add().WithMetrics(metrics => metrics.AddMeter(WorkerTelemetry.Name).AddOtlpExporter());
        }

        OpenTelemetryBuilder Add() => services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("cn2-vrouter", serviceInstanceId: node));
    }

    private static bool IsExported(string signal) => IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
