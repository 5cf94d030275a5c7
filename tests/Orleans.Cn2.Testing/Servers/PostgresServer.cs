using Orleans.Cn2.Lab.Databases;

namespace Orleans.Cn2.Testing.Servers;

/// <summary>A PostgreSQL server for tests in a temporary folder, with a fresh database for each who asks. Gone with its disposal, or with the process.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"cn2-pg-{Guid.NewGuid():n}"[..18]);
    private PostgresProcess? _process;
    private int _databases;

    private PostgresServer() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove();

    /// <summary>The running server.</summary>
    public PostgresProcess Process => _process ?? throw new InvalidOperationException("the server is stopped");

    public static async Task<PostgresServer> StartAsync(CancellationToken cancellation)
    {
        PostgresServer server = new();
        try
        {
            await server.StartAgainAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it on what it held, after it was stopped.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation) => _process = await PostgresProcess.StartAsync(_directory, cancellation);

    /// <summary>Name of a database that nobody else has; <see cref="ConnectionString"/> leads there.</summary>
    public string NextDatabase() => $"t{Interlocked.Increment(ref _databases)}";

    /// <summary>How to connect, whether or not it runs.</summary>
    public string ConnectionString(string database = "postgres") => PostgresProcess.ConnectionStringOf(_directory, database);

    public ValueTask DisposeAsync()
    {
        Remove();
        return ValueTask.CompletedTask;
    }

    private void Remove()
    {
        if (Directory.Exists(_directory))
        {
            PostgresProcess.Find(_directory)?.KillAsync(CancellationToken.None).GetAwaiter().GetResult();
            Directory.Delete(_directory, recursive: true);
        }
    }
}
