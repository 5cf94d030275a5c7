using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Storage.Sqlite;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Orleans.Cn2.Storage;

/// <summary>
/// Grain state in the embedded store. A state's address is its name and its grain, whatever provider name it came through.
/// An etag is a number no other write of this file ever got, so an etag of a cleared state stays invalid for good.
/// </summary>
internal sealed class EmbeddedGrainStorage : IGrainStorage, IStateIndex
{
    private const string Key = "name = $1 AND grain_key = $2 AND grain_type = $3";
    private const string Select = $"SELECT etag, format, payload FROM state WHERE {Key}";
    private const string SelectEtag = $"SELECT etag FROM state WHERE {Key}";
    private const string Insert = "INSERT INTO state VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    private const string Update = $"UPDATE state SET etag = $4, format = $5, payload = $6 WHERE {Key} AND etag = $7";
    private const string Delete = $"DELETE FROM state WHERE {Key} AND etag = $4";
    private const string SelectFrom = "SELECT grain_type, grain_key FROM state WHERE name = $1 AND grain_key >= $2";
    private const string Order = " ORDER BY grain_key, grain_type";

    // Etags begin at 1; an etag that is not ours matches no row.
    private const long ForeignEtag = -1;

    private readonly EmbeddedDatabase _database;
    private readonly IActivatorProvider _activators;
    private readonly IGrainStorageSerializer _serializer;
    private readonly PayloadFormat _format;

    public EmbeddedGrainStorage(
        EmbeddedDatabase database, IOptions<EmbeddedStorageOptions> options, Serializer serializer, IActivatorProvider activators)
    {
        _database = database;
        _activators = activators;
        _serializer = options.Value.Serializer ?? new OrleansGrainStorageSerializer(serializer);
        _format = options.Value.Serializer is null ? PayloadFormat.OrleansBinary : PayloadFormat.Custom;
    }

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        StateAddress address = StateAddress.Of(stateName, grainId);
        StoredState? stored = await _database.ReadAsync(session => ReadRow(session, address));
        if (stored is null)
        {
            Reset(grainState);
            return;
        }

        if (stored.Format != _format)
        {
            throw new NotSupportedException(
                $"State '{stateName}' of {grainId} in '{_database.Path}' was written as {stored.Format}, the silo is set to {_format}");
        }

        grainState.State = _serializer.Deserialize<T>(new BinaryData(stored.Payload));
        grainState.ETag = Text(stored.Etag);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        StateAddress address = StateAddress.Of(stateName, grainId);
        long? expected = Parse(grainState.ETag);
        byte[] payload = _serializer.Serialize(grainState.State).ToArray();
        EtagCheck check = await _database.WriteAsync(context => WriteRow(context, address, expected, payload));
        grainState.ETag = Text(Accepted(check, "write", stateName, grainId, grainState.ETag));
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        StateAddress address = StateAddress.Of(stateName, grainId);
        long? expected = Parse(grainState.ETag);
        EtagCheck check = await _database.WriteAsync(context => DeleteRow(context, address, expected));
        Accepted(check, "clear", stateName, grainId, grainState.ETag);
        Reset(grainState);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<GrainId>> ListKeysAsync(string stateName, string keyPrefix, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(stateName);
        ArgumentNullException.ThrowIfNull(keyPrefix);
        KeyRange range = KeyRange.OfPrefix(keyPrefix);
        return await _database.ReadAsync(session => ReadKeys(session, stateName, range)).WaitAsync(cancellationToken);
    }

    private static StoredState? ReadRow(SqliteSession session, StateAddress address)
    {
        using SqliteDataReader reader = session.Command(Select, address.Name, address.GrainKey, address.GrainType).ExecuteReader();
        return reader.Read() ? new(reader.GetInt64(0), (PayloadFormat)reader.GetInt32(1), reader.GetFieldValue<byte[]>(2)) : null;
    }

    private EtagCheck WriteRow(WriteContext context, StateAddress address, long? expected, byte[] payload)
    {
        (string name, byte[] key, string type) = address;
        long etag = context.NextEtag();
        int changed = expected is long current
            ? context.Session.Execute(Update, name, key, type, etag, (long)_format, payload, current)
            : context.Session.Execute(Insert, name, key, type, etag, (long)_format, payload);
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

    private static ImmutableArray<GrainId> ReadKeys(SqliteSession session, string stateName, KeyRange range)
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

    private static long? Accepted(EtagCheck check, string verb, string stateName, GrainId grainId, string? held) =>
        check.Holds
            ? check.Etag
            : throw new InconsistentStateException(
                $"Can't {verb} state '{stateName}' of {grainId}: it holds etag {held ?? "none"}, stored is {Text(check.Etag) ?? "none"}",
                Text(check.Etag) ?? "",
                held ?? "");

    private void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = _activators.GetActivator<T>().Create();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static long? Parse(string? etag) =>
        string.IsNullOrEmpty(etag) ? null
        : long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
        : ForeignEtag;

    private static string? Text(long? etag) => etag?.ToString(CultureInfo.InvariantCulture);

    private sealed record StoredState(long Etag, PayloadFormat Format, byte[] Payload);

    private readonly record struct EtagCheck(bool Holds, long? Etag);
}
