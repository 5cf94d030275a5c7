using Npgsql;
using Orleans.Cn2.Schema;

namespace Orleans.Cn2.Storage.Tests.Postgres;

public sealed class PostgresSchemaTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Upgrade_ManySilosAtOnce_TakesEachStepOnce()
    {
        await using NpgsqlDataSource database = await EmptyAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostgresSchema.UpgradeAsync(database, TestContext.Current.CancellationToken)));

        await using NpgsqlCommand version = database.CreateCommand("SELECT array_agg(version) FROM cn2.schema_version");
        Assert.Equal([PostgresSchema.Current], (int[])(await version.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
    }

    [Fact]
    public async Task Upgrade_UpToDate_NeedsNoRightToCreate()
    {
        await using NpgsqlDataSource database = await EmptyAsync();
        await PostgresSchema.UpgradeAsync(database, TestContext.Current.CancellationToken);
        string role = postgres.Server.NextDatabase();
        await ExecuteAsync(database, $"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA cn2 TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA cn2 TO {role}");
        await using NpgsqlDataSource restricted = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = role });

        await PostgresSchema.UpgradeAsync(restricted, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefusedAndLeftAlone()
    {
        await using NpgsqlDataSource database = await EmptyAsync();
        await PostgresSchema.UpgradeAsync(database, TestContext.Current.CancellationToken);
        await ExecuteAsync(database, "UPDATE cn2.schema_version SET version = 99");

        StorageUnavailableException refused = await Assert.ThrowsAsync<StorageUnavailableException>(() => PostgresStore.OpenAsync(database.ConnectionString));

        Assert.Equal(StorageFault.SchemaTooNew, refused.Fault);
        Assert.Contains("version 99", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_RunByHand_IsWhatAnUpgradeDoes()
    {
        await using NpgsqlDataSource database = await EmptyAsync();
        Assert.Equal(0, await PostgresSchema.FindAsync(database, TestContext.Current.CancellationToken));
        await ExecuteAsync(database, PostgresSchema.Script(0));

        Assert.Equal(PostgresSchema.Current, await PostgresSchema.FindAsync(database, TestContext.Current.CancellationToken));
        Assert.Equal("", PostgresSchema.Script(PostgresSchema.Current));
        Assert.Equal(new SchemaChange(PostgresSchema.Current, PostgresSchema.Current), await PostgresSchema.UpgradeAsync(database, TestContext.Current.CancellationToken));
        await using PostgresStore store = await PostgresStore.OpenAsync(database.ConnectionString);
    }

    [Fact]
    public async Task Upgrade_Again_ChangesNothingAndSaysSo()
    {
        await using NpgsqlDataSource database = await EmptyAsync();
        Assert.Equal(new SchemaChange(0, PostgresSchema.Current), await PostgresSchema.UpgradeAsync(database, TestContext.Current.CancellationToken));
        Assert.Equal(new SchemaChange(PostgresSchema.Current, PostgresSchema.Current), await PostgresSchema.UpgradeAsync(database, TestContext.Current.CancellationToken));
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
