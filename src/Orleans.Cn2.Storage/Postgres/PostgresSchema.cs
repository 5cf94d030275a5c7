using Npgsql;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>
/// The tables, and the steps that bring a database of an older release to them. Silos that start together take an advisory lock in turn, so that one of them
/// takes the steps; all run in one transaction.
/// </summary>
internal static class PostgresSchema
{
    // "cn2" in ASCII: what the lock is for can be read in pg_locks.
    private const long Lock = 0x636E32;

    /// <summary>Step n leads from version n to n+1. Steps are never changed after a release, only added.</summary>
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE cn2.state(
            name       text     COLLATE "C" NOT NULL,
            grain_key  bytea    NOT NULL,
            grain_type text     COLLATE "C" NOT NULL,
            etag       bigint   NOT NULL,
            format     smallint NOT NULL,
            payload    bytea    NOT NULL,
            PRIMARY KEY (name, grain_key, grain_type)
        ) WITH (fillfactor = 70);
        ALTER TABLE cn2.state ALTER COLUMN payload SET STORAGE EXTERNAL;
        CREATE SEQUENCE cn2.etag_block;
        CREATE VIEW cn2.readable_state AS
            SELECT name, grain_type, encode(grain_key, 'escape') AS grain_key, etag, format, length(payload) AS bytes FROM cn2.state;
        CREATE TABLE cn2.membership_version(
            cluster text   NOT NULL PRIMARY KEY,
            version bigint NOT NULL
        );
        CREATE TABLE cn2.membership(
            cluster      text        NOT NULL REFERENCES cn2.membership_version ON DELETE CASCADE,
            silo         text        NOT NULL,
            version      bigint      NOT NULL,
            status       smallint    NOT NULL,
            name         text        NOT NULL,
            host         text        NOT NULL,
            gateway_port integer     NOT NULL,
            started_at   timestamptz NOT NULL,
            alive_at     timestamptz NOT NULL,
            suspects     jsonb       NOT NULL,
            PRIMARY KEY (cluster, silo)
        );
        """,
    ];

    /// <summary>The version this release writes.</summary>
    public static int Current => Steps.Length;

    /// <summary>Takes the missing steps; does nothing where none is missing, and needs no right to create anything then.</summary>
    /// <exception cref="StorageUnavailableException">The database is of a newer release.</exception>
    public static async Task UpgradeAsync(NpgsqlDataSource pool, string location)
    {
        await using NpgsqlConnection connection = await pool.OpenConnectionAsync();
        if (await VersionAsync(connection) is int ready && IsKnown(ready, location) && ready == Current)
        {
            return;
        }

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({Lock})");
        int version = await VersionAsync(connection) ?? 0;
        IsKnown(version, location);
        if (version == 0)
        {
            await RunAsync(connection, "CREATE SCHEMA IF NOT EXISTS cn2");
            await RunAsync(connection, "CREATE TABLE cn2.schema_version(id integer NOT NULL PRIMARY KEY CHECK (id = 1), version integer NOT NULL)");
            await RunAsync(connection, "INSERT INTO cn2.schema_version VALUES (1, 0)");
        }

        foreach (string step in Steps.Skip(version))
        {
            await RunAsync(connection, step);
        }

        await RunAsync(connection, $"UPDATE cn2.schema_version SET version = {Current}");
        await transaction.CommitAsync();
    }

    /// <summary>Requires that the database has the tables, of this release or an older one that they can be read as.</summary>
    /// <exception cref="StorageUnavailableException">It has none yet, or those of a newer release.</exception>
    public static async Task RequireAsync(NpgsqlDataSource pool, string location)
    {
        await using NpgsqlConnection connection = await pool.OpenConnectionAsync();
        int version = await VersionAsync(connection)
            ?? throw new StorageUnavailableException(StorageFault.Inaccessible, location, "the database has no tables yet: a silo makes them, or 'cn2 admin schema'");
        IsKnown(version, location);
    }

    private static bool IsKnown(int version, string location) => version <= Current
        ? true
        : throw new StorageUnavailableException(
            StorageFault.SchemaTooNew,
            location,
            $"the database has schema version {version}, this release knows up to {Current}; use the release that wrote it");

    private static async Task<int?> VersionAsync(NpgsqlConnection connection)
    {
        // A query of the catalog sees what another silo made while this one waited for the lock; a lookup by name may be answered from before it.
        await using NpgsqlCommand exists = new("SELECT 1 FROM pg_tables WHERE schemaname = 'cn2' AND tablename = 'schema_version'", connection);
        if (await exists.ExecuteScalarAsync() is null)
        {
            return null;
        }

        await using NpgsqlCommand version = new("SELECT version FROM cn2.schema_version", connection);
        return await version.ExecuteScalarAsync() as int?;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
