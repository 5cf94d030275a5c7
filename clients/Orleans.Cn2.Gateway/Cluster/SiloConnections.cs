using Orleans.Cn2.Hosting.Settings;
using Orleans.Cn2.Hosting.Telemetry;
using Orleans.Cn2.Storage;
using Orleans.Configuration;
using OrleansGatewayOptions = Orleans.Configuration.GatewayOptions;

namespace Orleans.Cn2.Gateway.Cluster;

/// <summary>Makes the program a client of the silos that the cluster's store names.</summary>
internal static class SiloConnections
{
    // A silo that joins takes load, and one that left is forgotten, within this.
    private static readonly TimeSpan ListPeriod = TimeSpan.FromSeconds(2);

    // As long as silos wait for each other. What took longer has an unknown outcome.
    private static readonly TimeSpan ResponseBound = TimeSpan.FromSeconds(5);

    public static IClientBuilder UseCn2Silos(this IClientBuilder client, GatewayOptions options)
    {
        client.Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (StoreConnection.ServiceId, options.Cluster));
        client.Configure<OrleansGatewayOptions>(silos => silos.GatewayListRefreshPeriod = ListPeriod);
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = ResponseBound);
        client.UseConnectionRetryFilter<SiloSearch>();
        client.AddClusterConnectionStatusObserver<SiloLog>();
        if (ServerTelemetry.ExportsTraces)
        {
            client.AddActivityPropagation();
        }

        if (options.Security.Cluster is { } tls)
        {
            client.UseTls(tls.Configure);
        }

        return options.Store.Kind == StoreKind.Postgres
            ? client.UseCn2PostgresClustering(storage => storage.ConnectionString = options.Store.Connection)
            : client.UseCn2RedisClustering(options.Store.Connection);
    }
}
