using System.Net;
using Orleans.Cn2.Hosting.Settings;
using Orleans.Cn2.Storage;
using Orleans.Configuration;

namespace Orleans.Cn2.Silo.Hosting;

/// <summary>Puts a silo on its store and into its cluster.</summary>
internal static class ClusterHosting
{
    public static ISiloBuilder UseCn2Cluster(this ISiloBuilder silo, SiloOptions options)
    {
        StoreOptions store = options.Store;
        silo.Services.AddSingleton<IStorageFaultTranslator, StoreFaults>();
        if (store.Kind == StoreKind.Embedded)
        {
            return silo
                .UseLocalhostClustering(options.SiloPort, options.GatewayPort, serviceId: StoreConnection.ServiceId, clusterId: options.Cluster)
                .AddCn2EmbeddedStorage(storage => storage.Path = Path.Combine(store.DataDirectory, "cn2.db"));
        }

        silo.Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (StoreConnection.ServiceId, options.Cluster));
        silo.Configure<EndpointOptions>(endpoint =>
        {
            // Bound to the address it advertises and to no other.
            endpoint.AdvertisedIPAddress = store.Advertised;
            endpoint.SiloPort = options.SiloPort;
            endpoint.GatewayPort = options.GatewayPort;
            endpoint.SiloListeningEndpoint = new IPEndPoint(store.Advertised, options.SiloPort);
            endpoint.GatewayListeningEndpoint = new IPEndPoint(store.Advertised, options.GatewayPort);
        });
        silo.Configure<ClusterMembershipOptions>(membership => Detect(membership, store.ProbeTimeout));
        return store.Kind == StoreKind.Postgres
            ? silo.AddCn2PostgresStorage(storage => storage.ConnectionString = store.Connection)
            : silo.AddCn2RedisStorage(store.Connection);
    }

    // With probes of a second a silo that died is voted out within about two: two missed, two votes (one where only one other silo is left).
    private static void Detect(ClusterMembershipOptions membership, TimeSpan probe)
    {
        membership.ProbeTimeout = probe;
        membership.MaxProbeTimeout = probe * 2;
        membership.NumMissedProbesLimit = 2;
        membership.NumVotesForDeathDeclaration = 2;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
        membership.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
    }
}
