using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Servers;

namespace Orleans.Cn2.Silo.Tests.Clusters;

/// <summary>Silos in processes of their own on one PostgreSQL server.</summary>
internal sealed class ClusterRun : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (int[] Ports, SiloRun Run)> _silos = new();
    private readonly PostgresServer _postgres;
    private readonly int _probeSeconds;

    private ClusterRun(PostgresServer postgres, int probeSeconds) => (_postgres, _probeSeconds) = (postgres, probeSeconds);

    public PostgresServer Postgres => _postgres;

    /// <summary>All silos that were started, also those that died, as clients and workers take them.</summary>
    public string Endpoints => string.Join(',', _silos.OrderBy(silo => silo.Key).Select(silo => silo.Value.Run.Grpc));

    public SiloRun this[string name] => _silos[name].Run;

    /// <summary>Silos that are patient with each other: a machine that many tests share must not make one of them dead.</summary>
    public static Task<ClusterRun> StartAsync(params string[] silos) => StartAsync(20, silos);

    /// <summary>Silos that wait this long for each other's signs of life.</summary>
    public static async Task<ClusterRun> StartAsync(int probeSeconds, params string[] silos)
    {
        ClusterRun cluster = new(await PostgresServer.StartAsync(TestContext.Current.CancellationToken), probeSeconds);
        try
        {
            await Task.WhenAll(silos.Select(cluster.StartAsync));
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
        SiloRun run = SiloRun.StartMember(
            ports, name, _postgres.ConnectionString(), "--probe-timeout", _probeSeconds.ToString(CultureInfo.InvariantCulture));
        _silos[name] = (ports, run);
        await run.HealthyAsync();
    }

    /// <summary>A client of these silos, in this order.</summary>
    public Cn2Client Connect(params string[] names) =>
        Cn2Client.Connect(string.Join(',', names.Select(name => this[name].Grpc)));

    /// <summary>Waits until the worker's last stream is the one to this endpoint.</summary>
    public Task AttachedAsync(ClusterWorker worker, string endpoint, TimeSpan bound) => Until.TrueAsync(
        $"the worker is on {endpoint}", bound, () => Task.FromResult(worker.Connected == endpoint), () => $"{worker.Output}\n{Output()}");

    /// <summary>Waits until the worker's last stream is one to another endpoint.</summary>
    public Task AttachedElsewhereAsync(ClusterWorker worker, string endpoint, TimeSpan bound) => Until.TrueAsync(
        $"the worker left {endpoint}", bound, () => Task.FromResult(worker.Connected != endpoint), () => $"{worker.Output}\n{Output()}");

    /// <summary>What every silo printed.</summary>
    public string Output() => string.Join('\n', _silos.Select(silo => $"--- {silo.Key}\n{silo.Value.Run.Program.Output}"));

    public async ValueTask DisposeAsync()
    {
        foreach ((int[] _, SiloRun run) in _silos.Values)
        {
            await run.DisposeAsync();
        }

        await _postgres.DisposeAsync();
    }
}

/// <summary>Services as these tests make them.</summary>
internal static class Samples
{
    public static ApplyServiceRequest Service(string name, int port = 80) => new()
    {
        Service = new Service
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name },
            Spec = new ServiceSpec { IpFamilyPolicy = "RequireDualStack", Ports = { new ServicePort { Port = port } }, Selector = { ["app"] = "web" } },
        },
    };

    public static async Task<string[]> AddressesAsync(Cn2Client client, string name)
    {
        Service? service = null;
        await Until.TrueAsync(
            $"{name} is read",
            TimeSpan.FromSeconds(60),
            async () => await AnsweredAsync(async () => service = await client.Services.GetAsync(new GetServiceRequest { Namespace = "default", Name = name })),
            () => "");
        return [.. service!.Status.FloatingIps.Select(fip => fip.Address)];
    }

    /// <summary>Applies a Service, repeating the request while its outcome is unknown.</summary>
    public static Task ApplyAsync(Cn2Client client, string name) => Until.TrueAsync(
        $"{name} is applied",
        TimeSpan.FromSeconds(60),
        () => AnsweredAsync(async () => await client.Services.ApplyAsync(Service(name))),
        () => "");

    /// <summary>Makes a call; false when it is to be repeated.</summary>
    public static async Task<bool> AnsweredAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Aborted)
        {
            return false;
        }
    }
}
