using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>Grain states in the embedded store.</summary>
internal sealed class EmbeddedStateStore(EmbeddedDatabase database) : IStateStore
{
    private const string Key = "name = $1 AND grain_key = $2 AND grain_type = $3";
    private const string Select = $"SELECT etag, format, payload FROM state WHERE {Key}";
    private const string SelectEtag = $"SELECT etag FROM state WHERE {Key}";
    private const string Insert = "INSERT INTO state VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    private const string Update = $"UPDATE state SET etag = $4, format = $5, payload = $6 WHERE {Key} AND etag = $7";
    private const string Delete = $"DELETE FROM state WHERE {Key} AND etag = $4";
    private const string SelectFrom = "SELECT grain_type, grain_key FROM state WHERE name = $1 AND grain_key >= $2";
    private const string Order = " ORDER BY grain_key, grain_type";

    public string Location => database.Path;

    public Task<StoredState?> ReadAsync(StateAddress address) => database.ReadAsync(session => Read(session, address));

    public Task<EtagCheck> WriteAsync(StateAddress address, long? expected, PayloadFormat format, byte[] payload) =>
        database.WriteAsync(context => Write(context, address, expected, format, payload));

    public Task<EtagCheck> DeleteAsync(StateAddress address, long? expected) => database.WriteAsync(context => DeleteRow(context, address, expected));

    public Task<ImmutableArray<GrainId>> ListAsync(string stateName, KeyRange range) => database.ReadAsync(session => List(session, stateName, range));

    private static StoredState? Read(SqliteSession session, StateAddress address)
    {
        using SqliteDataReader reader = session.Command(Select, address.Name, address.GrainKey, address.GrainType).ExecuteReader();
        return reader.Read() ? new(reader.GetInt64(0), (PayloadFormat)reader.GetInt32(1), reader.GetFieldValue<byte[]>(2)) : null;
    }

    private static EtagCheck Write(WriteContext context, StateAddress address, long? expected, PayloadFormat format, byte[] payload)
    {
        (string name, byte[] key, string type) = address;
        long etag = context.NextEtag();
        int changed = expected is long current
            ? context.Session.Execute(Update, name, key, type, etag, (long)format, payload, current)
            : context.Session.Execute(Insert, name, key, type, etag, (long)format, payload);
        return changed == 1 ? new(true, etag) : new(false, context.Session.Scalar(SelectEtag, name, key, type));
    }

    private static EtagCheck DeleteRow(WriteContext context, StateAddress address, long? expected)
    {
        (string name, byte[] key, string type) = address;
        if (expected is long current && context.Session.Execute(Delete, name, key, type, current) == 1)
        {
            return new(true, null);
        }

        long? stored = context.Session.Scalar(SelectEtag, name, key, type);
        return new(stored is null && expected is null, stored);
    }

    private static ImmutableArray<GrainId> List(SqliteSession session, string stateName, KeyRange range)
    {
        SqliteCommand command = range.End is null
            ? session.Command(SelectFrom + Order, stateName, range.Start)
            : session.Command(SelectFrom + " AND grain_key < $3" + Order, stateName, range.Start, range.End);
        using SqliteDataReader reader = command.ExecuteReader();
        ImmutableArray<GrainId>.Builder keys = ImmutableArray.CreateBuilder<GrainId>();
        while (reader.Read())
        {
            keys.Add(new GrainId(GrainType.Create(reader.GetString(0)), new IdSpan(reader.GetFieldValue<byte[]>(1))));
        }

        return keys.ToImmutable();
    }
}
