using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Cn2.Schema;
using Orleans.Configuration;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>
/// Membership on PostgreSQL: one row a silo, and one version a cluster that every change but a sign of life raises by a conditional update, so that changes
/// are in a total order.
/// </summary>
internal sealed class PostgresMembershipTable(PostgresServer server, IOptions<ClusterOptions> options) : IMembershipTable
{
    private const string Columns = "silo, version, status, name, host, gateway_port, started_at, alive_at, suspects";
    private readonly string _cluster = options.Value.ClusterId;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => RunAsync(async () =>
    {
        await PostgresSchema.UpgradeAsync(server.Pool);
        if (tryInitTableVersion)
        {
            await using NpgsqlCommand first = Command("INSERT INTO cn2.membership_version VALUES ($1, 0) ON CONFLICT DO NOTHING", _cluster);
            await first.ExecuteNonQueryAsync();
        }

        return true;
    });

    public Task DeleteMembershipTableEntries(string clusterId) => RunAsync(async () =>
    {
        await using NpgsqlCommand delete = Command("DELETE FROM cn2.membership_version WHERE cluster = $1", clusterId);
        return await delete.ExecuteNonQueryAsync();
    });

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => RunAsync(async () =>
    {
        await using NpgsqlCommand delete = Command(
            "DELETE FROM cn2.membership WHERE cluster = $1 AND status = $2 AND greatest(alive_at, started_at) < $3",
            _cluster,
            (short)SiloStatus.Dead,
            beforeDate.UtcDateTime);
        return await delete.ExecuteNonQueryAsync();
    });

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadAsync(" AND silo = $2", key.ToParsableString());

    public Task<MembershipTableData> ReadAll() => ReadAsync("");

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => ChangeAsync(
        tableVersion,
        $"INSERT INTO cn2.membership(cluster, {Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb) ON CONFLICT DO NOTHING",
        Row(entry, tableVersion));

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => ChangeAsync(
        tableVersion,
        $"UPDATE cn2.membership SET ({Columns}) = ROW($2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb) WHERE cluster = $1 AND silo = $2 AND version = $11",
        [.. Row(entry, tableVersion), Parse(etag)]);

    public Task UpdateIAmAlive(MembershipEntry entry) => RunAsync(async () =>
    {
        await using NpgsqlCommand update = Command(
            "UPDATE cn2.membership SET alive_at = $3 WHERE cluster = $1 AND silo = $2", _cluster, entry.SiloAddress.ToParsableString(), Utc(entry.IAmAliveTime));
        return await update.ExecuteNonQueryAsync();
    });

    private object[] Row(MembershipEntry entry, TableVersion version) =>
    [
        _cluster,
        entry.SiloAddress.ToParsableString(),
        (long)version.Version,
        (short)entry.Status,
        entry.SiloName ?? "",
        entry.HostName ?? "",
        entry.ProxyPort,
        Utc(entry.StartTime),
        Utc(entry.IAmAliveTime),
        JsonSerializer.Serialize((entry.SuspectTimes ?? []).Select(vote => new Suspicion(vote.Item1.ToParsableString(), Utc(vote.Item2)))),
    ];

    private static MembershipEntry Entry(NpgsqlDataReader row) => new()
    {
        SiloAddress = SiloAddress.FromParsableString(row.GetString(0)),
        Status = (SiloStatus)row.GetInt16(2),
        SiloName = row.GetString(3),
        HostName = row.GetString(4),
        ProxyPort = row.GetInt32(5),
        StartTime = row.GetDateTime(6),
        IAmAliveTime = row.GetDateTime(7),
        SuspectTimes = [.. JsonSerializer.Deserialize<Suspicion[]>(row.GetString(8))!.Select(vote => Tuple.Create(SiloAddress.FromParsableString(vote.Silo), vote.At))],
    };

    // Version and rows in one statement, and so of one moment.
    private Task<MembershipTableData> ReadAsync(string filter, params object[] values) => RunAsync(async () =>
    {
        await using NpgsqlCommand command = Command(
            $"""
            SELECT m.*, v.version FROM cn2.membership_version AS v
            LEFT JOIN LATERAL (SELECT {Columns} FROM cn2.membership WHERE cluster = v.cluster{filter}) AS m ON true
            WHERE v.cluster = $1
            """,
            [_cluster, .. values]);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<Tuple<MembershipEntry, string>> rows = [];
        long version = 0;
        while (await reader.ReadAsync())
        {
            version = reader.GetInt64(9);
            if (!await reader.IsDBNullAsync(0))
            {
                rows.Add(Tuple.Create(Entry(reader), Text(reader.GetInt64(1))));
            }
        }

        return new MembershipTableData(rows, new TableVersion((int)version, Text(version)));
    });

    // Both or neither: the version moves on from the one that the silo saw, and the row changes.
    private Task<bool> ChangeAsync(TableVersion next, string sql, object[] values) => RunAsync(async () =>
    {
        await using NpgsqlConnection connection = await server.Pool.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await using NpgsqlCommand raise = With(
            new NpgsqlCommand("UPDATE cn2.membership_version SET version = $2 WHERE cluster = $1 AND version = $3", connection),
            _cluster,
            (long)next.Version,
            Parse(next.VersionEtag));
        await using NpgsqlCommand change = With(new NpgsqlCommand(sql, connection), values);
        if (await raise.ExecuteNonQueryAsync() == 0 || await change.ExecuteNonQueryAsync() == 0)
        {
            await transaction.RollbackAsync();
            return false;
        }

        await transaction.CommitAsync();
        return true;
    });

    private NpgsqlCommand Command(string sql, params object[] values) => With(server.Pool.CreateCommand(sql), values);

    private static NpgsqlCommand With(NpgsqlCommand command, params object[] values)
    {
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    private async Task<T> RunAsync<T>(Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (PostgresFaults.Explain(exception, server.Location) is { } failure)
        {
            throw failure;
        }
    }

    // An etag that is none of ours matches no row.
    private static long Parse(string etag) => long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : -1;

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);

    private sealed record Suspicion(string Silo, DateTime At);
}
