using System.Diagnostics.Metrics;
using System.Threading.RateLimiting;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Cn2.Api.Security.Callers;

namespace Orleans.Cn2.Api.Security.Limits;

/// <summary>Holds each client to its limits; what is over them is refused with RESOURCE_EXHAUSTED and counted.</summary>
internal static class ClientLimits
{
    private static readonly Meter Meter = new("Orleans.Cn2.Api");
    private static readonly Counter<long> Refused =
        Meter.CreateCounter<long>("cn2.api.limited", "{request}", "Calls refused because their client was over a limit.");

    public static IServiceCollection AddClientLimits(this IServiceCollection services, ApiLimits limits) => services.AddRateLimiter(options =>
    {
        options.GlobalLimiter = PartitionedRateLimiter.CreateChained(Rate(limits.RequestsPerSecond), Streams(limits.Streams));
        options.OnRejected = (context, _) =>
        {
            bool rate = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan _);
            Refused.Add(1, KeyValuePair.Create<string, object?>("limit", rate ? "rate" : "streams"));
            string limit = rate ? $"{limits.RequestsPerSecond} calls per second" : $"{limits.Streams} open streams";
            return new ValueTask(Refusal.WriteAsync(context.HttpContext, StatusCode.ResourceExhausted, $"{ClientOf(context.HttpContext)} is over the limit of {limit}"));
        };
    });

    /// <summary>Holds the bodies of JSON requests to the size that gRPC holds messages to by itself.</summary>
    public static IApplicationBuilder UseBodyLimit(this IApplicationBuilder app, ApiLimits limits) => app.Use((context, next) =>
    {
        if (Refusal.IsGrpc(context.Request))
        {
            return next(context);
        }

        if (context.Request.ContentLength > limits.MessageBytes)
        {
            return Refusal.WriteAsync(context, StatusCode.ResourceExhausted, $"the request is over the limit of {limits.MessageBytes} bytes");
        }

        // Where no length is told, reading ends at the limit.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = limits.MessageBytes;
        }

        return next(context);
    });

    private static PartitionedRateLimiter<HttpContext> Rate(int perSecond)
    {
        int tokens = Math.Max(1, perSecond / 10);
        TokenBucketRateLimiterOptions bucket = new()
        {
            TokenLimit = perSecond * 2,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)tokens / perSecond),
        };
        return PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(ClientOf(context), _ => bucket));
    }

    private static PartitionedRateLimiter<HttpContext> Streams(int atOnce)
    {
        ConcurrencyLimiterOptions open = new() { PermitLimit = atOnce };
        return PartitionedRateLimiter.Create<HttpContext, string>(context => IsStream(context)
            ? RateLimitPartition.GetConcurrencyLimiter(ClientOf(context), _ => open)
            : RateLimitPartition.GetNoLimiter(""));
    }

    private static bool IsStream(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.Type is MethodType.ServerStreaming or MethodType.DuplexStreaming;

    private static string ClientOf(HttpContext context) => Caller.Of(context.User) is { } caller && caller != Caller.Anonymous
        ? caller.Name!
        : $"{context.Connection.RemoteIpAddress}";
}
