using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Southbound;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Worker.Tables;
using Orleans.Cn2.Worker.Telemetry;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Control;

/// <summary>How a stream ended.</summary>
internal enum StreamEnd
{
    /// <summary>The silo closed it or the link broke: connect anew.</summary>
    Closed,

    /// <summary>A newer worker of this node took over: program nothing more.</summary>
    Superseded,
}

/// <summary>
/// One stream to a silo: says what is held, applies what comes, acknowledges, answers. Messages out pass through one bounded queue, since a gRPC
/// stream takes one writer; messages in are handled one after another, which also makes the plane's one writer.
/// </summary>
internal sealed class ControlStream(
    IForwardingPlane plane, TableApplier applier, HeldVersions held, HealthBook health, WorkerTelemetry telemetry, TimeProvider time,
    ILogger<ControlStream> log)
{
    private const string Settings = "node settings";
    private readonly Channel<Proto.WorkerMessage> _outgoing = Channel.CreateBounded<Proto.WorkerMessage>(256);
    private bool _superseded;

    /// <summary>Serves the stream until it ends or <paramref name="cancellation"/> fires.</summary>
    /// <param name="connected">Called when the silo's Welcome has arrived.</param>
    public async Task<StreamEnd> RunAsync(Proto.VRouter.VRouterClient client, Proto.Hello hello, Action connected, CancellationToken cancellation)
    {
        applier.ForgetChunks();
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using AsyncDuplexStreamingCall<Proto.WorkerMessage, Proto.ControlMessage> call = client.Connect(cancellationToken: ended.Token);
        await call.RequestStream.WriteAsync(new Proto.WorkerMessage { Hello = hello }, ended.Token).ConfigureAwait(false);
        Task sending = EndingWithFault(SendAsync(call.RequestStream, ended.Token), ended);
        Task reporting = Task.CompletedTask;
        try
        {
            while (!_superseded && await call.ResponseStream.MoveNext(ended.Token).ConfigureAwait(false))
            {
                Proto.ControlMessage message = call.ResponseStream.Current;
                if (message.MessageCase == Proto.ControlMessage.MessageOneofCase.Welcome)
                {
                    if (!ProtocolRange.Own.Has(message.Welcome.Protocol))
                    {
                        log.UnknownProtocol(message.Welcome.Protocol, ProtocolRange.Own);
                        break;
                    }

                    connected();
                    reporting = EndingWithFault(
                        ReportAsync(hello.Node, TimeSpan.FromSeconds(message.Welcome.HeartbeatSeconds), ended.Token), ended);
                }
                else
                {
                    await HandleAsync(message, ended.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception end) when (end is RpcException or OperationCanceledException && (sending.IsFaulted || reporting.IsFaulted))
        {
            // The reader ended because a writer failed: that is the cause to tell.
            await (sending.IsFaulted ? sending : reporting).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sending, reporting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return _superseded ? StreamEnd.Superseded : StreamEnd.Closed;
    }

    /// <summary>A stream that can't send or report is none: it ends for its reader too.</summary>
    private static async Task EndingWithFault(Task part, CancellationTokenSource stream)
    {
        try
        {
            await part.ConfigureAwait(false);
        }
        catch
        {
            await stream.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask HandleAsync(Proto.ControlMessage message, CancellationToken cancellation)
    {
        switch (message.MessageCase)
        {
            case Proto.ControlMessage.MessageOneofCase.Config:
                Configure(message.Config);
                break;
            case Proto.ControlMessage.MessageOneofCase.Update:
                await ApplyAsync(message.Update, cancellation).ConfigureAwait(false);
                break;
            case Proto.ControlMessage.MessageOneofCase.Query:
                await SendAsync(new Proto.WorkerMessage { Answer = QueryAnswerer.Answer(plane, message.Query) }, cancellation).ConfigureAwait(false);
                break;
            case Proto.ControlMessage.MessageOneofCase.Goodbye:
                _superseded = message.Goodbye.Superseded;
                log.Goodbye(message.Goodbye.Reason);
                break;
            default:
                log.UnknownMessage(message.MessageCase);
                break;
        }
    }

    /// <summary>Settings that can't be had leave the earlier ones, and tables go on: the fault shows in the status.</summary>
    private void Configure(Proto.NodeConfig config)
    {
        try
        {
            plane.Configure(new NodeSettings(
                [.. config.ServiceSubnets.Select(text => IpPrefix.Parse(text))],
                [.. config.NodeAddresses.Select(text => IpAddress.Parse(text))],
                [.. config.SnatAddresses.Select(text => IpAddress.Parse(text))],
                ProtoTables.ToHashKey(config.HashKey)));
            health.Recover(Settings);
        }
        catch (Exception refusal) when (refusal is FormatException or ArgumentException or IOException)
        {
            health.Fault(Settings, refusal);
        }
    }

    private async ValueTask ApplyAsync(Proto.Update update, CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        UpdateOutcome outcome = applier.Apply(update);
        if (!outcome.Complete)
        {
            return;
        }

        TimeSpan duration = time.GetElapsedTime(start);
        foreach (Rejection rejection in outcome.Rejections)
        {
            log.Rejected(rejection.Service, rejection.Cause);
            await SendAsync(
                new Proto.WorkerMessage
                {
                    Nack = new Proto.Nack
                    {
                        ServiceUid = rejection.ServiceUid.ToString(),
                        Service = rejection.Service.ToString(),
                        Reason = rejection.Cause,
                        Version = update.To,
                    },
                },
                cancellation).ConfigureAwait(false);
        }

        if (outcome.Fault is not null)
        {
            health.Fault(ControlLoop.Tables, $"{outcome.Fault}; asking for a snapshot");
        }
        else
        {
            health.Recover(ControlLoop.Tables);
            telemetry.Applied(duration, update.CommittedAt is null ? null : time.GetUtcNow() - update.CommittedAt.ToDateTimeOffset());
            Save();
        }

        await AcknowledgeAsync(update.To.Shard, duration, cancellation).ConfigureAwait(false);
    }

    /// <summary>Without saved versions a restart costs snapshots, no more: it is a fault, and what was programmed is acknowledged.</summary>
    private void Save()
    {
        try
        {
            held.Save(applier.States);
            health.Recover(ControlLoop.Versions);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            health.Fault(ControlLoop.Versions, failure);
        }
    }

    private ValueTask AcknowledgeAsync(uint shard, TimeSpan duration, CancellationToken cancellation)
    {
        Proto.ShardState state = applier.State(shard);
        Proto.Ack ack = new()
        {
            ApplyNanos = (ulong)duration.TotalNanoseconds,
            ProgrammedAt = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            Shards = { state },
        };
        ack.Versions.Add(state.Version);

        return SendAsync(new Proto.WorkerMessage { Ack = ack }, cancellation);
    }

    private async Task ReportAsync(string node, TimeSpan heartbeat, CancellationToken cancellation)
    {
        StatsReport report = new(plane, health, node);
        using PeriodicTimer timer = new(heartbeat, time);
        do
        {
            await SendAsync(new Proto.WorkerMessage { Stats = report.Next() }, cancellation).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false));
    }

    private ValueTask SendAsync(Proto.WorkerMessage message, CancellationToken cancellation) => _outgoing.Writer.WriteAsync(message, cancellation);

    private async Task SendAsync(IClientStreamWriter<Proto.WorkerMessage> stream, CancellationToken cancellation)
    {
        await foreach (Proto.WorkerMessage message in _outgoing.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            await stream.WriteAsync(message, cancellation).ConfigureAwait(false);
        }
    }
}
