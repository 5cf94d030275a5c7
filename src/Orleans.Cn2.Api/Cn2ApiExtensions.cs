using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Security;
using Orleans.Cn2.Api.Security.Access;
using Orleans.Cn2.Api.Security.Audit;
using Orleans.Cn2.Api.Security.Limits;
using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Api.Streams;
using Orleans.Cn2.Api.Waiting;
using Orleans.Cn2.Api.Watching;

namespace Orleans.Cn2.Api;

/// <summary>Adds cn2.v1 to a host: gRPC with reflection and health, and the same as JSON.</summary>
public static class Cn2ApiExtensions
{
    // Answers are made here and may be larger than what clients may send. So may what a worker says: its flows.
    private const int LargestMessage = 16 << 20;

    /// <summary>Adds the services that the API needs beside an <see cref="IGrainFactory"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="version">Product version, told by Diagnostics.Status.</param>
    /// <param name="security">How the API is guarded.</param>
    public static IServiceCollection AddCn2Api(this IServiceCollection services, string version, ApiSecurity security)
    {
        ArgumentNullException.ThrowIfNull(security);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new ApiIdentity(version)).AddSingleton<ProgrammedWaiter>().AddSingleton<VmiWaiter>()
            .AddSingleton<ServiceFeed>().AddSingleton<VmiFeed>().AddSingleton<NodeFeed>().AddSingleton<SubnetFeed>();
        services.AddApiSecurity(security);
        services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<AuditInterceptor>();
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<AccessInterceptor>();
            grpc.MaxReceiveMessageSize = security.Limits.MessageBytes;
            grpc.MaxSendMessageSize = LargestMessage;
        }).AddServiceOptions<VRouterApi>(worker => worker.MaxReceiveMessageSize = LargestMessage)
            .AddJsonTranscoding(json => json.TypeRegistry = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor));
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks().AddCheck<ShardHealth>("shards");
        return services;
    }

    /// <summary>Puts the guards into the host's pipeline and maps the API's endpoints behind them.</summary>
    public static WebApplication MapCn2Api(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        // Opened now: a file that can't be written must keep the host from starting, not fail its first change.
        app.Services.GetRequiredService<AuditLog>();

        // Limits are counted by client, so who calls is found first; what he may do is asked only within his limits.
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseBodyLimit(app.Services.GetRequiredService<ApiSecurity>().Limits);
        app.UseAuthorization();
        app.MapGrpcService<ServicesApi>().RequireAccess();
        app.MapGrpcService<VmisApi>().RequireAccess();
        app.MapGrpcService<SubnetsApi>().RequireAccess();
        app.MapGrpcService<NodesApi>().RequireAccess();
        app.MapGrpcService<DiagnosticsApi>().RequireAccess();
        app.MapGrpcService<VRouterApi>().RequireAccess();
        app.MapGrpcReflectionService().RequireAccess();
        app.MapGrpcHealthChecksService().RequireAccess();
        app.MapHealthChecks("/healthz").AllowEverybody();
        return app;
    }

    /// <summary>Keeps an endpoint that tells metrics to those who may read all namespaces.</summary>
    public static TBuilder RequireMetricsAccess<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.RequireAccess(ApiAccess.Metrics);
}
