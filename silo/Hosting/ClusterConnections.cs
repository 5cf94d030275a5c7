using Orleans.Cn2.Api.Security.Cluster;

namespace Orleans.Cn2.Silo.Hosting;

/// <summary>Connections between silos.</summary>
internal static class ClusterConnections
{
    /// <summary>TLS with these files; plaintext where there are none, which options allow on loopback or by an explicit flag alone.</summary>
    public static ISiloBuilder UseClusterTls(this ISiloBuilder silo, ClusterTls? tls) => tls is null ? silo : silo.UseTls(tls.Configure);
}
