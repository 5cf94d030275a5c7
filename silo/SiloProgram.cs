using Orleans.Cn2.Grains;
using Orleans.Cn2.Hosting;
using Orleans.Cn2.Hosting.Settings;
using Orleans.Cn2.Hosting.Telemetry;
using Orleans.Cn2.Silo.Hosting;
using SiloMessagingOptions = Orleans.Configuration.SiloMessagingOptions;

namespace Orleans.Cn2.Silo;

/// <summary>Composition root of a silo: options, Orleans with its grains and store, the API, telemetry.</summary>
internal static class SiloProgram
{
    private const string Name = "cn2-silo";

    private static Task<int> Main(string[] args) => ServerProgram.RunAsync(
        Name, SiloOptions.Help, args, given => ProgramConfiguration.Read<SiloOptions>(given, SiloOptions.Keys, SiloOptions.Read), Build);

    /// <summary>Builds the silo of these options, ready to run.</summary>
    internal static WebApplication Build(SiloOptions options)
    {
        WebApplicationBuilder builder = ApiServer.CreateBuilder(Name, options.Name, options.Grpc, options.Http, options.Security);
        builder.UseOrleans(silo =>
        {
            silo
                .UseClusterTls(options.Security.Cluster)
                .UseCn2Cluster(options)
                .Configure<Orleans.Configuration.SiloOptions>(orleans => orleans.SiloName = options.Name)
                .Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(5))
                .AddCn2Grains(cluster => (cluster.ServiceCidrs, cluster.NodeGrace, cluster.FlapHold) = (options.ServiceCidrs, options.NodeGrace, options.FlapHold));
            if (ServerTelemetry.ExportsTraces)
            {
                silo.AddActivityPropagation();
            }
        });
        return ApiServer.Build(builder, options.Security);
    }
}
