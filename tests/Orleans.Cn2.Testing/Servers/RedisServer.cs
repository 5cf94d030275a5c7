using System.Diagnostics;
using System.Net.Sockets;

namespace Orleans.Cn2.Testing.Servers;

/// <summary>A Redis server for tests in a temporary folder, on a unix socket, that syncs each write (appendfsync always). Gone with its disposal, or with the process.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("cn2-redis-").FullName;
    private readonly Process _process;

    private RedisServer()
    {
        _process = Process.Start(
            "redis-server",
            ["--port", "0", "--unixsocket", Socket, "--dir", _directory, "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--logfile", Log]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove();
    }

    /// <summary>As StackExchange.Redis reads it.</summary>
    public string ConnectionString => "!" + Socket;

    private string Socket => Path.Combine(_directory, "redis.sock");

    private string Log => Path.Combine(_directory, "redis.log");

    public static async Task<RedisServer> StartAsync(CancellationToken cancellation)
    {
        RedisServer server = new();
        try
        {
            await server.WaitAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        Remove();
        return ValueTask.CompletedTask;
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(10));
        while (!await AcceptsAsync(cancellation))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(began) > StartLimit)
            {
                throw new InvalidOperationException($"redis-server does not start: {(File.Exists(Log) ? await File.ReadAllTextAsync(Log, cancellation) : "no log")}");
            }

            await poll.WaitForNextTickAsync(cancellation);
        }
    }

    private async Task<bool> AcceptsAsync(CancellationToken cancellation)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Remove()
    {
        if (Directory.Exists(_directory))
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit();
            }

            Directory.Delete(_directory, recursive: true);
        }
    }
}
