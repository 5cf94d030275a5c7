using System.Globalization;
using Npgsql;

namespace Orleans.Cn2.Schema;

/// <summary>Connection strings to PostgreSQL. They are never shown: they may hold a password.</summary>
public static class PostgresConnection
{
    /// <summary>What is wrong with a connection string. Empty when nothing is.</summary>
    public static IReadOnlyList<string> Faults(string text)
    {
        NpgsqlConnectionStringBuilder connection;
        try
        {
            connection = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            return [$"can't be read: {malformed.Message}"];
        }

        return
        [
            .. string.IsNullOrEmpty(connection.Host) ? ["must have a Host"] : Array.Empty<string>(),
            .. string.IsNullOrEmpty(connection.Database) ? ["must have a Database"] : Array.Empty<string>(),
        ];
    }

    /// <summary>The server in messages, without user and password: <c>postgres://HOST:PORT/DATABASE</c>.</summary>
    public static string LocationOf(NpgsqlConnectionStringBuilder connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return string.Create(CultureInfo.InvariantCulture, $"postgres://{connection.Host}:{connection.Port}/{connection.Database}");
    }
}
