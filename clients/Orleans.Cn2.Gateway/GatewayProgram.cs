using Orleans.Cn2.Gateway.Cluster;
using Orleans.Cn2.Hosting;
using Orleans.Cn2.Hosting.Settings;

namespace Orleans.Cn2.Gateway;

/// <summary>Composition root of a gateway: options, a client of the silos, the API, telemetry. It keeps nothing and may be run as often as load asks for.</summary>
internal static class GatewayProgram
{
    private const string Name = "cn2-gateway";

    private static async Task<int> Main(string[] args)
    {
        try
        {
            return await ServerProgram.RunAsync(
                Name, GatewayOptions.Help, args, given => ProgramConfiguration.Read<GatewayOptions>(given, GatewayOptions.Keys, GatewayOptions.Read), Build);
        }
        catch (OperationCanceledException)
        {
            // Told to stop while it still looked for silos.
            return 0;
        }
    }

    /// <summary>Builds the gateway of these options, ready to run.</summary>
    internal static WebApplication Build(GatewayOptions options)
    {
        WebApplicationBuilder builder = ApiServer.CreateBuilder(Name, options.Name, options.Grpc, options.Http, options.Security);

        // The listeners must not wait for silos: who asks before there are any is told so, by health and by status UNAVAILABLE.
        builder.Services.Configure<HostOptions>(host => host.ServicesStartConcurrently = true);
        builder.UseOrleansClient(client => client.UseCn2Silos(options));
        return ApiServer.Build(builder, options.Security);
    }
}
