using System.Collections.Immutable;
using Orleans.Cn2.Hosting.Listening;
using Orleans.Cn2.Hosting.Settings;

namespace Orleans.Cn2.Gateway;

/// <summary>Settings of a gateway, read from appsettings.json, then environment variables <c>CN2_*</c>, then flags.</summary>
/// <param name="Name">Name of this gateway in telemetry.</param>
/// <param name="Cluster">Cluster id of the silos.</param>
/// <param name="Store">The store whose membership table names the silos.</param>
/// <param name="Grpc">Where the gRPC API listens (HTTP/2).</param>
/// <param name="Http">Where JSON, health and metrics are served (HTTP/1.1).</param>
/// <param name="Insecure">Serve beyond loopback without TLS, or without asking who calls.</param>
/// <param name="Security">Who may connect and do what.</param>
internal sealed record GatewayOptions(
    string Name,
    string Cluster,
    StoreConnection Store,
    ImmutableArray<ListenAddress> Grpc,
    ImmutableArray<ListenAddress> Http,
    bool Insecure,
    SecurityOptions Security)
{
    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = $"""
        cn2-gateway: serves the API of Orleans.Cn2 in front of its silos, for clients and workers. It keeps nothing: run as many as load asks for.

        Usage: cn2-gateway --store KIND [options]

          --store KIND           postgres or redis: the store of the silos, which are found in its membership table
          --store-connection S   how to reach it: {StoreConnection.Spelling}
          --grpc ADDRESS,...     gRPC API: HOST:PORT or unix:/PATH (default 127.0.0.1:7400)
          --http ADDRESS,...     JSON API, /healthz and /metrics: HOST:PORT or unix:/PATH (default 127.0.0.1:7401)
          --name NAME            name of this gateway (default: the host name)
          --cluster NAME         cluster id of the silos (default cn2)
          --insecure true        serve beyond loopback without TLS, or without asking who calls
        {SecurityOptions.Help}
          --help, --version

        Each option is also read from appsettings.json ("Cn2" section) and from the environment (CN2_STORE, CN2_STORE_CONNECTION, ...).
        Telemetry is exported by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT is set.
        """;

    /// <summary>Keys of all options.</summary>
    public static ImmutableArray<string> Keys { get; } =
        [.. StoreConnection.Keys, "grpc", "http", "name", "cluster", "insecure", .. SecurityOptions.Keys];

    /// <summary>Reads and validates; returns every error at once.</summary>
    public static (GatewayOptions? Options, ImmutableArray<string> Errors) Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        OptionReader reader = new(configuration);
        bool insecure = reader.Flag("insecure", reader.Text("insecure", "false"));
        SecurityOptions security = SecurityOptions.Read(reader);
        GatewayOptions options = new(
            reader.Text("name", Environment.MachineName),
            reader.Text("cluster", "cn2"),
            StoreConnection.Read(reader, "", StoreKind.Postgres, StoreKind.Redis),
            reader.Listen("grpc", "127.0.0.1:7400", insecure || security.GuardsApi),
            reader.Listen("http", "127.0.0.1:7401", insecure || security.GuardsApi),
            insecure,
            security);
        reader.RejectUnknown(Keys);
        return reader.Errors.Count > 0 ? (null, [.. reader.Errors]) : (options, []);
    }
}
