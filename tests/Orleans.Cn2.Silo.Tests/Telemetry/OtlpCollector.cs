using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Lab.Processes;

namespace Orleans.Cn2.Silo.Tests.Telemetry;

/// <summary>A collector that takes OTLP over HTTP and keeps the spans.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentDictionary<string, int> _requests = new();

    private OtlpCollector(WebApplication app, string address) => (_app, Address) = (app, address);

    public string Address { get; }

    public OtlpSpan[] Spans => [.. _spans];

    /// <summary>How often a signal came: traces, metrics.</summary>
    public int RequestsOf(string signal) => _requests.GetValueOrDefault(signal);

    /// <summary>The standard variables that make a program export here at once.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    public static async Task<OtlpCollector> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        string address = $"http://127.0.0.1:{FreePorts.Take(1)[0]}";
        builder.WebHost.UseUrls(address);
        OtlpCollector collector = new(builder.Build(), address);
        collector._app.MapPost("/v1/{signal}", collector.TakeAsync);
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(string signal, HttpRequest request)
    {
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body);
        foreach (OtlpSpan span in signal == "traces" ? OtlpSpan.Read(body.ToArray()) : [])
        {
            _spans.Enqueue(span);
        }

        _requests.AddOrUpdate(signal, 1, (_, count) => count + 1);
        return Results.Bytes([], "application/x-protobuf");
    }
}
