using Orleans.Cn2.Testing.Processes;
using Orleans.Cn2.Testing.Servers;

namespace Orleans.Cn2.Bench.Control.Silos;

/// <summary>Silo processes on a PostgreSQL server of their own, with the probe settings that a silo has when nobody sets any.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    private readonly PostgresServer _postgres;
    private readonly Dictionary<string, SiloRun> _silos = [];

    private SiloCluster(PostgresServer postgres) => _postgres = postgres;

    public string Endpoints => string.Join(',', _silos.Values.Select(silo => silo.Grpc));

    public static async Task<SiloCluster> StartAsync(params string[] names)
    {
        SiloCluster cluster = new(await PostgresServer.StartAsync(CancellationToken.None));
        foreach (string name in names)
        {
            cluster._silos[name] = SiloRun.StartMember(
                FreePorts.Take(4), name, cluster._postgres.ConnectionString(), EmbeddedSilo.LoadFlags);
        }

        foreach (SiloRun silo in cluster._silos.Values)
        {
            await silo.HealthyAsync();
        }

        return cluster;
    }

    public string Grpc(string name) => _silos[name].Grpc;

    /// <summary>Sends a silo a signal: KILL ends it, STOP freezes it.</summary>
    public Task SignalAsync(string name, string signal) => _silos[name].Program.SignalAsync(signal);

    /// <summary>What a silo printed.</summary>
    public string Output(string name) => _silos[name].Program.Output;

    public async ValueTask DisposeAsync()
    {
        foreach (SiloRun silo in _silos.Values)
        {
            await silo.DisposeAsync();
        }

        await _postgres.DisposeAsync();
    }
}
