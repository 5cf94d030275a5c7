using System.Collections.Immutable;
using Orleans.Cn2.Storage;

namespace Orleans.Cn2.Hosting.Settings;

/// <summary>Which store a cluster has and how to reach it.</summary>
/// <param name="Kind">Kind of the store.</param>
/// <param name="Connection">How to reach a store that silos share; empty for the embedded one.</param>
internal sealed record StoreConnection(StoreKind Kind, string Connection)
{
    /// <summary>Name of the service in membership and in Redis' keys. State and silos are found by it: it never changes.</summary>
    public const string ServiceId = "cn2";

    /// <summary>How a connection is written, for <c>--help</c>.</summary>
    public const string Spelling = "Host=HOST;Username=...;Password=...;Database=... or HOST:PORT,password=...; better by the environment";

    private static readonly ImmutableArray<(string Text, StoreKind Kind)> Kinds =
        [("embedded", StoreKind.Embedded), ("postgres", StoreKind.Postgres), ("redis", StoreKind.Redis)];

    /// <summary>Keys of these options.</summary>
    public static ImmutableArray<string> Keys { get; } = ["store", "store-connection"];

    /// <summary>Reads and validates; errors go to the reader.</summary>
    /// <param name="reader">The options.</param>
    /// <param name="fallback">What an option that is not given means.</param>
    /// <param name="allowed">Kinds that the program can use.</param>
    public static StoreConnection Read(OptionReader reader, string fallback, params ReadOnlySpan<StoreKind> allowed)
    {
        string text = reader.Text("store", fallback);
        StoreKind? kind = null;
        List<string> names = [];
        foreach ((string name, StoreKind known) in Kinds)
        {
            if (allowed.Contains(known))
            {
                names.Add(name);
                kind = name == text ? known : kind;
            }
        }

        if (kind is null)
        {
            reader.Errors.Add($"store: '{text}' must be {string.Join(", ", names[..^1])} or {names[^1]}");
        }

        string connection = reader.Text("store-connection", "");
        IReadOnlyList<string> faults = kind switch
        {
            StoreKind.Embedded when connection.Length > 0 => ["means nothing with --store embedded"],
            StoreKind.Postgres or StoreKind.Redis when connection.Length == 0 => [$"needed with --store {text}"],
            StoreKind.Postgres => PostgresStorageExtensions.Check(connection),
            StoreKind.Redis => RedisStorageExtensions.Check(connection),
            _ => [],
        };
        reader.Errors.AddRange(faults.Select(fault => $"store-connection: {fault}"));
        return new StoreConnection(kind ?? allowed[0], connection);
    }
}
