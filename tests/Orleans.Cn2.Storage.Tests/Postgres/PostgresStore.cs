using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Cn2.Storage.Postgres;
using Orleans.Cn2.Storage.States;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Server = Orleans.Cn2.Storage.Postgres.PostgresServer;
using TestServer = Orleans.Cn2.Testing.Servers.PostgresServer;

namespace Orleans.Cn2.Storage.Tests.Postgres;

/// <summary>An open store in a database, without a silo.</summary>
internal sealed class PostgresStore : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private PostgresStore(string connectionString)
    {
        IOptions<PostgresStorageOptions> options =
            Options.Create(new PostgresStorageOptions { ConnectionString = connectionString, Timeout = TimeSpan.FromSeconds(2) });
        Server = new Server(options);
        Store = new PostgresStateStore(Server, options, NullLogger<PostgresStateStore>.Instance);
        Storage = new(Store, _services.GetRequiredService<Serializer>(), _services.GetRequiredService<IActivatorProvider>());
    }

    public Server Server { get; }

    public PostgresStateStore Store { get; }

    public StateGrainStorage Storage { get; }

    /// <summary>A store in a fresh database.</summary>
    public static async Task<PostgresStore> OpenAsync(TestServer server)
    {
        string database = server.NextDatabase();
        await ExecuteAsync(server.ConnectionString(), $"CREATE DATABASE {database}");
        return await OpenAsync(server.ConnectionString(database));
    }

    /// <summary>A store in the database that the connection string names.</summary>
    public static async Task<PostgresStore> OpenAsync(string connectionString)
    {
        PostgresStore store = new(connectionString);
        try
        {
            await store.Store.OpenAsync();
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public Task ExecuteAsync(string sql) => ExecuteAsync(Server.Pool.ConnectionString, sql);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Server.DisposeAsync();
        await _services.DisposeAsync();
    }
}
