using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Api.Streams;

namespace Orleans.Cn2.Api;

/// <summary>Adds cn2.v1 to a host: gRPC with reflection and health, and the same as JSON.</summary>
public static class Cn2ApiExtensions
{
    private const int LargestMessage = 16 << 20;

    /// <summary>Adds the services that the API needs beside an <see cref="IGrainFactory"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="version">Product version, told by Diagnostics.Status.</param>
    public static IServiceCollection AddCn2Api(this IServiceCollection services, string version)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new ApiIdentity(version)).AddSingleton<ProgrammedWaiter>();
        services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.MaxReceiveMessageSize = LargestMessage;
            grpc.MaxSendMessageSize = LargestMessage;
        }).AddJsonTranscoding(json => json.TypeRegistry = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor));
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks().AddCheck<ShardHealth>("shards");
        return services;
    }

    /// <summary>Maps the API's endpoints.</summary>
    public static IEndpointRouteBuilder MapCn2Api(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<ServicesApi>();
        endpoints.MapGrpcService<VmisApi>();
        endpoints.MapGrpcService<SubnetsApi>();
        endpoints.MapGrpcService<NodesApi>();
        endpoints.MapGrpcService<DiagnosticsApi>();
        endpoints.MapGrpcService<VRouterApi>();
        endpoints.MapGrpcReflectionService();
        endpoints.MapGrpcHealthChecksService();
        endpoints.MapHealthChecks("/healthz");
        return endpoints;
    }
}
