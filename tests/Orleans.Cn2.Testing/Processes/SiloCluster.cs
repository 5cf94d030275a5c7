using System.Collections.Concurrent;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Testing.Servers;

namespace Orleans.Cn2.Testing.Processes;

/// <summary>Silos in processes of their own on one PostgreSQL server.</summary>
public sealed class SiloCluster : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (int[] Ports, SiloRun Run)> _silos = new();
    private readonly string[] _flags;
    private readonly SiloNetwork? _network;

    private SiloCluster(PostgresServer postgres, string[] flags, SiloNetwork? network) => (Postgres, _flags, _network) = (postgres, flags, network);

    /// <summary>Flags of silos that are patient with each other: a machine that many tests share must not make one of them dead.</summary>
    public static string[] Patient => ["--probe-timeout", "20"];

    public PostgresServer Postgres { get; }

    /// <summary>All silos that were started, also those that died.</summary>
    public IReadOnlyList<string> Names => [.. _silos.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Where they serve, as clients and workers take it.</summary>
    public string Endpoints => string.Join(',', Names.Select(name => this[name].Grpc));

    public SiloRun this[string name] => _silos[name].Run;

    /// <summary>Starts silos with the same flags, and waits until they serve.</summary>
    public static Task<SiloCluster> StartAsync(string[] flags, params string[] names) => StartAsync(null, flags, names);

    /// <summary>The same on a network of their own; null: on the loopback.</summary>
    public static async Task<SiloCluster> StartAsync(SiloNetwork? network, string[] flags, params string[] names)
    {
        SiloCluster cluster = new(await PostgresServer.StartAsync(CancellationToken.None), flags, network);
        try
        {
            await Task.WhenAll(names.Select(cluster.StartAsync));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo, or the one of this name again, and waits until it serves.</summary>
    public async Task StartAsync(string name)
    {
        int[] ports = _silos.TryGetValue(name, out (int[] Ports, SiloRun Run) known) ? known.Ports : FreePorts.Take(4);
        SiloRun run = _network is null
            ? SiloRun.StartMember(ports, name, Postgres.ConnectionString(), _flags)
            : SiloRun.StartMember(_network[name], ports, name, Postgres.ConnectionString(), _flags);
        _silos[name] = (ports, run);
        await run.HealthyAsync();
    }

    /// <summary>A client of these silos, in this order.</summary>
    public Cn2Client Connect(params string[] names) => Cn2Client.Connect(string.Join(',', names.Select(name => this[name].Grpc)));

    /// <summary>What every silo printed.</summary>
    public string Output() => string.Join('\n', _silos.Select(silo => $"--- {silo.Key}\n{silo.Value.Run.Program.Output}"));

    public async ValueTask DisposeAsync()
    {
        foreach ((int[] _, SiloRun run) in _silos.Values)
        {
            await run.DisposeAsync();
        }

        await Postgres.DisposeAsync();
    }
}
