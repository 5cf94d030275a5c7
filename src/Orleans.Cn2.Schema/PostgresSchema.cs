using System.Globalization;
using Npgsql;

namespace Orleans.Cn2.Schema;

/// <summary>
/// The tables of a cluster on PostgreSQL, and the steps that bring a database of an older release to them. Whoever is first takes the steps, silo or command
/// line: those that come together take an advisory lock in turn, and all run in one transaction.
/// </summary>
public static class PostgresSchema
{
    // "cn2" in ASCII: what the lock is for can be read in pg_locks.
    private const long Lock = 0x636E32;

    /// <summary>The version this release writes.</summary>
    public static int Current => SchemaStep.All.Length;

    private static string TakeLock { get; } = string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({Lock})");

    /// <summary>Takes the missing steps; does nothing where none is missing, and needs no right to create anything then.</summary>
    /// <exception cref="NewerSchemaException">The database is of a newer release.</exception>
    /// <exception cref="NpgsqlException">The server can't be reached, or refused a statement.</exception>
    public static async Task<SchemaChange> UpgradeAsync(NpgsqlDataSource pool, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        NpgsqlConnection connection = await pool.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (Known(await VersionAsync(connection, cancellation).ConfigureAwait(false)) == Current)
            {
                return new SchemaChange(Current, Current);
            }

            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await RunAsync(connection, TakeLock, cancellation).ConfigureAwait(false);

                // Another one may have taken the steps while this one waited for its turn.
                int version = Known(await VersionAsync(connection, cancellation).ConfigureAwait(false));
                foreach (string statement in version == Current ? [] : Statements(version))
                {
                    await RunAsync(connection, statement, cancellation).ConfigureAwait(false);
                }

                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                return new SchemaChange(version, Current);
            }
        }
    }

    /// <summary>Version of the database's schema; 0 where it has none.</summary>
    /// <exception cref="NewerSchemaException">The database is of a newer release.</exception>
    /// <exception cref="NpgsqlException">The server can't be reached, or refused a statement.</exception>
    public static async Task<int> FindAsync(NpgsqlDataSource pool, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        NpgsqlConnection connection = await pool.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return Known(await VersionAsync(connection, cancellation).ConfigureAwait(false));
        }
    }

    /// <summary>What <see cref="UpgradeAsync"/> runs on a database of this version, for psql: one transaction. Empty where nothing is missing.</summary>
    /// <param name="version">Version of the database's schema; 0 where it has none.</param>
    public static string Script(int version) => version >= Current
        ? ""
        : string.Concat(((string[])["BEGIN", TakeLock, .. Statements(version), "COMMIT"]).Select(statement => statement.TrimEnd().TrimEnd(';') + ";\n"));

    private static IEnumerable<string> Statements(int version) =>
    [
        .. version > 0
            ? Array.Empty<string>()
            :
            [
                "CREATE SCHEMA IF NOT EXISTS cn2",
                "CREATE TABLE cn2.schema_version(id integer NOT NULL PRIMARY KEY CHECK (id = 1), version integer NOT NULL)",
                "INSERT INTO cn2.schema_version VALUES (1, 0)",
            ],
        .. SchemaStep.All.Skip(version),
        string.Create(CultureInfo.InvariantCulture, $"UPDATE cn2.schema_version SET version = {Current}"),
    ];

    private static int Known(int version) => version <= Current ? version : throw new NewerSchemaException(version, Current);

    private static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // A query of the catalog sees what another one made while this one waited for the lock; a lookup by name may be answered from before it.
        if (await ScalarAsync(connection, "SELECT 1 FROM pg_tables WHERE schemaname = 'cn2' AND tablename = 'schema_version'", cancellation).ConfigureAwait(false) is null)
        {
            return 0;
        }

        return await ScalarAsync(connection, "SELECT version FROM cn2.schema_version", cancellation).ConfigureAwait(false) as int? ?? 0;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
    }
}
