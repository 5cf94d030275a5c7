using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>The statements on <c>cn2.state</c>: each takes a batch as arrays, is one round trip, and outside a transaction is one.</summary>
internal static class PostgresRows
{
    private const string SelectMany = """
        SELECT t.i, s.etag, s.format, s.payload
        FROM unnest($1, $2, $3) WITH ORDINALITY AS t(name, grain_key, grain_type, i)
        JOIN cn2.state AS s ON s.name = t.name AND s.grain_key = t.grain_key AND s.grain_type = t.grain_type
        """;

    // A row's new etag also names its request in the answer. Deletions take one for that alone.
    private const string ApplyMany = """
        WITH input AS MATERIALIZED (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) AS t(name, grain_key, grain_type, expected, etag, format, payload)),
        updated AS (
            UPDATE cn2.state AS s SET etag = t.etag, format = t.format, payload = t.payload FROM input AS t
            WHERE t.payload IS NOT NULL
                AND s.name = t.name AND s.grain_key = t.grain_key AND s.grain_type = t.grain_type AND s.etag = t.expected
            RETURNING t.etag),
        inserted AS (
            INSERT INTO cn2.state(name, grain_key, grain_type, etag, format, payload)
            SELECT name, grain_key, grain_type, etag, format, payload FROM input WHERE expected IS NULL AND payload IS NOT NULL
            ON CONFLICT DO NOTHING
            RETURNING etag),
        deleted AS (
            DELETE FROM cn2.state AS s USING input AS t
            WHERE t.payload IS NULL
                AND s.name = t.name AND s.grain_key = t.grain_key AND s.grain_type = t.grain_type AND s.etag = t.expected
            RETURNING t.etag)
        SELECT etag FROM updated UNION ALL SELECT etag FROM inserted UNION ALL SELECT etag FROM deleted
        """;

    private const string SelectKeys = """
        SELECT grain_type, grain_key FROM cn2.state WHERE name = $1 AND grain_key >= $2 AND ($3 IS NULL OR grain_key < $3) ORDER BY grain_key, grain_type
        """;

    /// <summary>The rows at these addresses, in their order; null where there is none.</summary>
    public static StoredState?[] Read(PostgresSession session, IReadOnlyList<StateAddress> addresses)
    {
        StoredState?[] rows = new StoredState?[addresses.Count];
        using NpgsqlDataReader reader = session.Command(
            SelectMany,
            Texts(addresses.Select(address => address.Name)),
            Bytes(addresses.Select(address => (byte[]?)address.GrainKey)),
            Texts(addresses.Select(address => address.GrainType))).ExecuteReader();
        while (reader.Read())
        {
            rows[reader.GetInt64(0) - 1] = new StoredState(reader.GetInt64(1), (PayloadFormat)reader.GetInt16(2), reader.GetFieldValue<byte[]>(3));
        }

        return rows;
    }

    /// <summary>Applies writes of different addresses.</summary>
    /// <returns>The etags, of those given, whose write took place.</returns>
    public static HashSet<long> Apply(PostgresSession session, IReadOnlyList<StateWrite> writes, IReadOnlyList<long> etags)
    {
        HashSet<long> applied = [];
        using NpgsqlDataReader reader = session.Command(
            ApplyMany,
            Texts(writes.Select(write => write.Address.Name)),
            Bytes(writes.Select(write => (byte[]?)write.Address.GrainKey)),
            Texts(writes.Select(write => write.Address.GrainType)),
            (NpgsqlDbType.Array | NpgsqlDbType.Bigint, writes.Select(write => write.Expected).ToArray()),
            (NpgsqlDbType.Array | NpgsqlDbType.Bigint, etags.ToArray()),
            (NpgsqlDbType.Array | NpgsqlDbType.Smallint, writes.Select(write => (short)write.Format).ToArray()),
            Bytes(writes.Select(write => write.Payload))).ExecuteReader();
        while (reader.Read())
        {
            applied.Add(reader.GetInt64(0));
        }

        return applied;
    }

    /// <summary>The grains with a state of this name in a range of keys.</summary>
    public static ImmutableArray<GrainId> Keys(PostgresSession session, string stateName, KeyRange range)
    {
        ImmutableArray<GrainId>.Builder keys = ImmutableArray.CreateBuilder<GrainId>();
        using NpgsqlDataReader reader = session.Command(
            SelectKeys,
            (NpgsqlDbType.Text, stateName),
            (NpgsqlDbType.Bytea, range.Start),
            (NpgsqlDbType.Bytea, range.End ?? (object)DBNull.Value)).ExecuteReader();
        while (reader.Read())
        {
            keys.Add(new GrainId(GrainType.Create(reader.GetString(0)), new IdSpan(reader.GetFieldValue<byte[]>(1))));
        }

        return keys.ToImmutable();
    }

    private static (NpgsqlDbType Type, object Value) Texts(IEnumerable<string> values) => (NpgsqlDbType.Array | NpgsqlDbType.Text, values.ToArray());

    private static (NpgsqlDbType Type, object Value) Bytes(IEnumerable<byte[]?> values) => (NpgsqlDbType.Array | NpgsqlDbType.Bytea, values.ToArray());
}
