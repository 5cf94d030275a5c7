using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Hosting;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Southbound;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Transport;
using Orleans.Cn2.Worker.Hosting;
using Orleans.Cn2.Worker.Tables;
using Orleans.Cn2.Worker.Telemetry;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Control;

/// <summary>
/// Keeps a stream to one of the silos: connects, resumes from the versions held, and after an end connects to the next with a growing delay.
/// The data plane forwards meanwhile as it stands.
/// </summary>
internal sealed class ControlLoop(
    WorkerOptions options, BootCounter boot, IForwardingPlane plane, HealthBook health, WorkerTelemetry telemetry, TimeProvider time,
    IHostApplicationLifetime lifetime, ILoggerFactory logs) : BackgroundService
{
    /// <summary>Parts of the worker as the book names them: what the shards hold, what of it is saved for a restart, what can't be programmed for now.</summary>
    public const string Tables = "tables", Versions = "held versions", Rejected = "rejected services";

    private const string Part = "control stream";
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(5);
    private readonly ILogger<ControlLoop> _log = logs.CreateLogger<ControlLoop>();
    private readonly Backoff _backoff = new(Random.Shared.NextDouble);
    private int _attempts;

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Supervisor(health, time).RunAsync(Part, ServeAsync, stoppingToken);

    private async Task ServeAsync(Action alive, CancellationToken stopping)
    {
        TableApplier applier = new(plane, telemetry);
        HeldVersions held = new(options.StateDirectory);
        applier.Adopt(held.Load());
        while (!stopping.IsCancellationRequested)
        {
            Cn2Endpoint silo = options.Silos[_attempts++ % options.Silos.Length];
            if (await ServeAsync(silo, applier, held, alive, stopping).ConfigureAwait(false) == StreamEnd.Superseded)
            {
                _log.Superseded(options.Node, boot.Boot);
                lifetime.StopApplication();
                return;
            }

            Tend(applier);
            await Task.Delay(_backoff.Next(), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<StreamEnd> ServeAsync(Cn2Endpoint silo, TableApplier applier, HeldVersions held, Action alive, CancellationToken stopping)
    {
        try
        {
            using GrpcChannel channel = silo.Open(options.Credentials, Ping);
            using ControlStream stream = new(plane, applier, held, health, telemetry, time, logs.CreateLogger<ControlStream>());
            StreamEnd end = await stream.RunAsync(new Proto.VRouter.VRouterClient(channel), Hello(applier), () => Connected(silo, alive), stopping)
                .ConfigureAwait(false);
            _log.Disconnected(silo, "closed by the silo");
            return end;
        }
        catch (RpcException failure) when (!stopping.IsCancellationRequested)
        {
            _log.Disconnected(silo, failure.Status.Detail);
        }
        catch (Exception ended) when (stopping.IsCancellationRequested && ended is OperationCanceledException or RpcException)
        {
            _log.Stopping(plane.Engine == "ebpf" ? "pinned programs forward on" : "nothing is forwarded any more");
        }

        return StreamEnd.Closed;
    }

    private void Connected(Cn2Endpoint silo, Action alive)
    {
        alive();
        _backoff.Reset();
        telemetry.Connected();
        _log.Connected(silo);
    }

    /// <summary>What the stream does of one shard each second is done of all when it has ended: what differs is not said to be held on the next one.</summary>
    private void Tend(TableApplier applier)
    {
        foreach (NamespacedName service in applier.Retry(ControlStream.MostRetried).Accepted)
        {
            _log.Accepted(service);
        }

        for (int shard = 0; shard < ShardMap.Shards; shard++)
        {
            if (applier.Audit(shard) is string difference)
            {
                health.Fault(Tables, $"{difference}; asking for a snapshot");
            }
        }
    }

    private Proto.Hello Hello(TableApplier applier)
    {
        EngineStatus status = plane.ReadStatus();
        return new Proto.Hello
        {
            Node = options.Node,
            Boot = boot.Boot,
            ProtocolMin = ProtocolRange.Own.Oldest,
            ProtocolMax = ProtocolRange.Own.Newest,
            WorkerVersion = WorkerProgram.Version,
            Engine = plane.Engine,
            Mode = status.Mode,
            ModeReasons = { status.ModeReasons },
            Shards = { applier.States },
        };
    }
}
