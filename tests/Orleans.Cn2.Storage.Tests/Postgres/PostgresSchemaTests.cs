using Npgsql;
using Orleans.Cn2.Storage.Postgres;

namespace Orleans.Cn2.Storage.Tests.Postgres;

public sealed class PostgresSchemaTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Upgrade_ManySilosAtOnce_TakesEachStepOnce()
    {
        await using NpgsqlDataSource database = await EmptyAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostgresSchema.UpgradeAsync(database, "here")));

        await using NpgsqlCommand version = database.CreateCommand("SELECT array_agg(version) FROM cn2.schema_version");
        Assert.Equal([PostgresSchema.Current], (int[])(await version.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
    }

    [Fact]
    public async Task Upgrade_UpToDate_NeedsNoRightToCreate()
    {
        await using NpgsqlDataSource database = await EmptyAsync();
        await PostgresSchema.UpgradeAsync(database, "here");
        string role = postgres.Server.NextDatabase();
        await ExecuteAsync(database, $"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA cn2 TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA cn2 TO {role}");
        await using NpgsqlDataSource restricted = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = role });

        await PostgresSchema.UpgradeAsync(restricted, "here");
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefusedAndLeftAlone()
    {
        await using NpgsqlDataSource database = await EmptyAsync();
        await PostgresSchema.UpgradeAsync(database, "here");
        await ExecuteAsync(database, "UPDATE cn2.schema_version SET version = 99");

        StorageUnavailableException refused = await Assert.ThrowsAsync<StorageUnavailableException>(() => PostgresStore.OpenAsync(database.ConnectionString));

        Assert.Equal(StorageFault.SchemaTooNew, refused.Fault);
        Assert.Contains("version 99", refused.Message, StringComparison.Ordinal);
    }

    private async Task<NpgsqlDataSource> EmptyAsync()
    {
        string name = postgres.Server.NextDatabase();
        await PostgresStore.ExecuteAsync(postgres.Server.ConnectionString(), $"CREATE DATABASE {name}");
        return NpgsqlDataSource.Create(postgres.Server.ConnectionString(name));
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using NpgsqlCommand command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
