using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Orleans.Cn2.Storage;

namespace Orleans.Cn2.Silo.Hosting;

/// <summary>Kinds of stores.</summary>
internal enum StoreKind
{
    /// <summary>A file of this silo's own, which is then the cluster's only one.</summary>
    Embedded,

    /// <summary>A database on PostgreSQL, shared by the cluster's silos.</summary>
    Postgres,

    /// <summary>Redis, shared by the cluster's silos.</summary>
    Redis,
}

/// <summary>Settings of where state and membership are, and of how silos find each other.</summary>
/// <param name="Kind">Kind of the store.</param>
/// <param name="Connection">How to reach a store that silos share; empty for the embedded one.</param>
/// <param name="DataDirectory">Directory of the embedded store.</param>
/// <param name="Advertised">Address by which other silos and gateways reach this one.</param>
/// <param name="ProbeTimeout">How long another silo may leave a probe unanswered; after two such it is suspected.</param>
internal sealed record StoreOptions(StoreKind Kind, string Connection, string DataDirectory, IPAddress Advertised, TimeSpan ProbeTimeout)
{
    /// <summary>What <c>--help</c> prints of these.</summary>
    public const string Help = """
          --store KIND           embedded (default): one silo; postgres or redis: a cluster
          --store-connection S   how to reach it: Host=HOST;Username=...;Password=...;Database=... or HOST:PORT,password=...; better by the environment
          --data DIR             directory of the embedded store (default /var/lib/cn2/silo)
          --advertise ADDRESS    where other silos and gateways reach this one (default 127.0.0.1)
          --probe-timeout SECS   how long silos wait for each other's sign of life (default 1); two missed are fatal, so raise it where machines stall
        """;

    /// <summary>Keys of these options.</summary>
    public static ImmutableArray<string> Keys { get; } = ["store", "store-connection", "data", "advertise", "probe-timeout"];

    /// <summary>Reads and validates; errors go to the reader.</summary>
    public static StoreOptions Read(OptionReader reader)
    {
        string kindText = reader.Text("store", "embedded");
        StoreKind? kind = kindText switch
        {
            "embedded" => StoreKind.Embedded,
            "postgres" => StoreKind.Postgres,
            "redis" => StoreKind.Redis,
            _ => null,
        };
        if (kind is null)
        {
            reader.Errors.Add($"store: '{kindText}' must be embedded, postgres or redis");
        }

        string connection = reader.Text("store-connection", "");
        IReadOnlyList<string> faults = kind switch
        {
            StoreKind.Embedded when connection.Length > 0 => ["means nothing with --store embedded"],
            StoreKind.Postgres or StoreKind.Redis when connection.Length == 0 => [$"needed with --store {kindText}"],
            StoreKind.Postgres => PostgresStorageExtensions.Check(connection),
            StoreKind.Redis => RedisStorageExtensions.Check(connection),
            _ => [],
        };
        reader.Errors.AddRange(faults.Select(fault => $"store-connection: {fault}"));
        return new StoreOptions(kind ?? StoreKind.Embedded, connection, reader.Text("data", "/var/lib/cn2/silo"), ReadAdvertised(reader), ReadProbeTimeout(reader));
    }

    private static IPAddress ReadAdvertised(OptionReader reader)
    {
        string text = reader.Text("advertise", "127.0.0.1");
        if (IPAddress.TryParse(text, out IPAddress? address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
        {
            return address;
        }

        reader.Errors.Add($"advertise: '{text}' must be an address of this machine");
        return IPAddress.Loopback;
    }

    private static TimeSpan ReadProbeTimeout(OptionReader reader)
    {
        string text = reader.Text("probe-timeout", "1");
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds is < 1 or > 60)
        {
            reader.Errors.Add($"probe-timeout: '{text}' must be a number of seconds, 1..60");
        }

        return TimeSpan.FromSeconds(seconds);
    }
}
