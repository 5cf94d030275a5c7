using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Cn2.Schema;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>How connections to the server are made: pooled ones for the few statements of membership, and one each for writers and readers.</summary>
internal sealed class PostgresServer : IAsyncDisposable, IDisposable
{
    /// <summary>Beyond <see cref="PostgresStorageOptions.Timeout"/>: how long the server gets to answer a cancellation before the connection is cut.</summary>
    private const int CancellationMilliseconds = 500;

    private readonly string _dedicated;

    public PostgresServer(IOptions<PostgresStorageOptions> options)
    {
        int seconds = (int)options.Value.Timeout.TotalSeconds;
        NpgsqlConnectionStringBuilder builder = new(options.Value.ConnectionString)
        {
            ApplicationName = "cn2-silo",
            Timeout = seconds,
            CommandTimeout = seconds,
            CancellationTimeout = CancellationMilliseconds,
            KeepAlive = 10,
            MaxPoolSize = 4,
        };
        Location = PostgresConnection.LocationOf(builder);
        Pool = NpgsqlDataSource.Create(builder);
        builder.Pooling = false;
        _dedicated = builder.ConnectionString;
    }

    /// <summary>The server in messages, without user and password.</summary>
    public string Location { get; }

    /// <summary>Connections for short statements.</summary>
    public NpgsqlDataSource Pool { get; }

    /// <summary>Opens a connection that its caller owns.</summary>
    public PostgresSession OpenSession() => PostgresSession.Open(_dedicated);

    public void Dispose() => Pool.Dispose();

    public ValueTask DisposeAsync() => Pool.DisposeAsync();
}
