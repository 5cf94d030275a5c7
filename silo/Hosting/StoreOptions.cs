using System.Collections.Immutable;
using System.Net;
using Orleans.Cn2.Hosting.Settings;

namespace Orleans.Cn2.Silo.Hosting;

/// <summary>Settings of where state and membership are, and of how silos find each other.</summary>
/// <param name="Shared">Which store, and how to reach it.</param>
/// <param name="DataDirectory">Directory of the embedded store.</param>
/// <param name="Advertised">Address by which other silos and gateways reach this one.</param>
/// <param name="ProbeTimeout">How long another silo may leave a probe unanswered; after two such it is suspected.</param>
internal sealed record StoreOptions(StoreConnection Shared, string DataDirectory, IPAddress Advertised, TimeSpan ProbeTimeout)
{
    /// <summary>What <c>--help</c> prints of these.</summary>
    public const string Help = $"""
          --store KIND           embedded (default): one silo; postgres or redis: a cluster
          --store-connection S   how to reach it: {StoreConnection.Spelling}
          --data DIR             directory of the embedded store (default /var/lib/cn2/silo)
          --advertise ADDRESS    where other silos and gateways reach this one (default 127.0.0.1)
          --probe-timeout SECS   how long silos wait for each other's sign of life (default 1); two missed are fatal, so raise it where machines stall
        """;

    /// <summary>Keys of these options.</summary>
    public static ImmutableArray<string> Keys { get; } = [.. StoreConnection.Keys, "data", "advertise", "probe-timeout"];

    /// <summary>Kind of the store.</summary>
    public StoreKind Kind => Shared.Kind;

    /// <summary>How to reach a store that silos share; empty for the embedded one.</summary>
    public string Connection => Shared.Connection;

    /// <summary>Reads and validates; errors go to the reader.</summary>
    public static StoreOptions Read(OptionReader reader) => new(
        StoreConnection.Read(reader, "embedded", StoreKind.Embedded, StoreKind.Postgres, StoreKind.Redis),
        reader.Text("data", "/var/lib/cn2/silo"),
        ReadAdvertised(reader),
        reader.Seconds("probe-timeout", 1, 60));

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
}
