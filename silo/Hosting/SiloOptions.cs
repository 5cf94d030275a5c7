using System.Collections.Immutable;
using System.Net;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Hosting.Listening;
using Orleans.Cn2.Hosting.Settings;

namespace Orleans.Cn2.Silo.Hosting;

/// <summary>Settings of a silo, read from appsettings.json, then environment variables <c>CN2_*</c>, then flags.</summary>
/// <param name="Name">Name of this silo in logs and status.</param>
/// <param name="Cluster">Cluster id.</param>
/// <param name="Store">Where state and membership are.</param>
/// <param name="Grpc">Where the gRPC API listens (HTTP/2).</param>
/// <param name="Http">Where JSON, health and metrics are served (HTTP/1.1).</param>
/// <param name="SiloPort">Orleans' port between silos.</param>
/// <param name="GatewayPort">Orleans' port for gateways.</param>
/// <param name="ServiceCidrs">The default service subnet: one prefix, or one of each family; the first is the default family.</param>
/// <param name="NodeGrace">How long a node without its worker's stream keeps its VMIs.</param>
/// <param name="FlapHold">How long a node that was lost twice within minutes must stand before its VMIs take new flows again.</param>
/// <param name="Insecure">Serve beyond loopback without TLS, or without asking who calls.</param>
/// <param name="Security">Who may connect and do what.</param>
internal sealed record SiloOptions(
    string Name,
    string Cluster,
    StoreOptions Store,
    ImmutableArray<ListenAddress> Grpc,
    ImmutableArray<ListenAddress> Http,
    int SiloPort,
    int GatewayPort,
    ImmutableArray<IpPrefix> ServiceCidrs,
    TimeSpan NodeGrace,
    TimeSpan FlapHold,
    bool Insecure,
    SecurityOptions Security)
{
    private const int ShortestV6ServicePrefix = 64;

    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = $"""
        cn2-silo: control plane of Orleans.Cn2.

        Usage: cn2-silo [options]

        {StoreOptions.Help}
          --grpc ADDRESS,...     gRPC API: HOST:PORT or unix:/PATH (default 127.0.0.1:7400)
          --http ADDRESS,...     JSON API, /healthz and /metrics: HOST:PORT or unix:/PATH (default 127.0.0.1:7401)
          --service-cidrs LIST   default service subnet (default 10.96.0.0/16,fd00:96::/108); the first is the default family
          --node-grace SECS      how long a node without its worker's stream keeps its VMIs as paths (default 10)
          --flap-hold SECS       how long a node that was lost twice within 10 minutes must be back before its VMIs take new flows
                                 while others do; doubles with each loss, up to 5 minutes (default 10)
          --name NAME            name of this silo (default: the host name)
          --cluster NAME         cluster id (default cn2)
          --silo-port PORT       port between silos (default 11111)
          --gateway-port PORT    port for gateways (default 30000)
          --insecure true        serve beyond loopback without TLS, or without asking who calls
        {SecurityOptions.Help}
          --insecure-cluster true  let silos connect without TLS beyond loopback
          --help, --version

        Each option is also read from appsettings.json ("Cn2" section) and from the environment (CN2_DATA, CN2_SERVICE_CIDRS, ...).
        Telemetry is exported by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT is set.
        """;

    /// <summary>Keys of all options.</summary>
    public static ImmutableArray<string> Keys { get; } =
        [.. StoreOptions.Keys, "grpc", "http", "service-cidrs", "node-grace", "flap-hold", "name", "cluster", "silo-port", "gateway-port", "insecure", .. SecurityOptions.Keys, "insecure-cluster"];

    /// <summary>Reads and validates; returns every error at once.</summary>
    public static (SiloOptions? Options, ImmutableArray<string> Errors) Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        OptionReader reader = new(configuration);
        string insecureText = reader.Text("insecure", "false");
        bool insecure = reader.Flag("insecure", insecureText);
        SecurityOptions security = SecurityOptions.Read(reader);
        StoreOptions store = StoreOptions.Read(reader);
        CheckCluster(reader, store.Advertised, security);
        SiloOptions options = new(
            reader.Text("name", Environment.MachineName),
            reader.Text("cluster", "cn2"),
            store,
            reader.Listen("grpc", "127.0.0.1:7400", insecure || security.GuardsApi),
            reader.Listen("http", "127.0.0.1:7401", insecure || security.GuardsApi),
            reader.Port("silo-port", 11111),
            reader.Port("gateway-port", 30000),
            reader.Prefixes("service-cidrs", "10.96.0.0/16,fd00:96::/108", ShortestV6ServicePrefix),
            reader.Seconds("node-grace", 10, 3600),
            reader.Seconds("flap-hold", 10, 3600),
            insecure,
            security);
        if (options.SiloPort == options.GatewayPort && options.SiloPort != 0)
        {
            reader.Errors.Add($"gateway-port: {options.GatewayPort} must differ from silo-port");
        }

        reader.RejectUnknown(Keys);
        return reader.Errors.Count > 0 ? (null, [.. reader.Errors]) : (options, []);
    }

    // Silos connect in the clear only within the machine, or where that is asked for.
    private static void CheckCluster(OptionReader reader, IPAddress advertised, SecurityOptions security)
    {
        bool insecure = reader.Flag("insecure-cluster", reader.Text("insecure-cluster", "false"));
        if (!IPAddress.IsLoopback(advertised) && security.Cluster is null && !insecure)
        {
            reader.Errors.Add(
                $"advertise: '{advertised}' is beyond loopback and silos would connect in the clear: give --cluster-cert and --cluster-ca, "
                + "or pass --insecure-cluster true to allow it");
        }
    }
}
