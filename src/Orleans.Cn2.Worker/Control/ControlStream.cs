using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Southbound;
using Orleans.Cn2.Core.Tables;
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
/// stream takes one writer; messages in are handled one after another. Beside them each second the tables are tended: what was rejected is tried again, and
/// one shard of what the data plane holds is looked at. A turn makes both the plane's one writer.
/// </summary>
internal sealed class ControlStream(
    IForwardingPlane plane, TableApplier applier, HeldVersions held, HealthBook health, WorkerTelemetry telemetry, TimeProvider time,
    ILogger<ControlStream> log)
    : IDisposable
{
    /// <summary>Rejected tables that are tried again each second: one takes 0.1 ms.</summary>
    public const int MostRetried = 256;

    private const int MostRetriedAfterUpdate = 16;
    private const string Settings = "node settings";

    private static readonly TimeSpan Tending = TimeSpan.FromSeconds(1);
    private readonly Channel<Proto.WorkerMessage> _outgoing = Channel.CreateBounded<Proto.WorkerMessage>(256);
    private readonly SemaphoreSlim _turn = new(1);
    private int _audited;
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
        Task reporting = Task.CompletedTask, tending = Task.CompletedTask;
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
                    tending = EndingWithFault(TendAsync(ended.Token), ended);
                }
                else
                {
                    await HandleAsync(message, ended.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception end) when (end is RpcException or OperationCanceledException && Failed() is not null)
        {
            // The reader ended because a writer failed: that is the cause to tell.
            await Failed()!.ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sending, reporting, tending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return _superseded ? StreamEnd.Superseded : StreamEnd.Closed;

        Task? Failed() => new[] { sending, reporting, tending }.FirstOrDefault(part => part.IsFaulted);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

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
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            long start = time.GetTimestamp();
            UpdateOutcome outcome = applier.Apply(update);
            if (outcome.Complete)
            {
                await TellAsync(update, outcome, time.GetElapsedTime(start), cancellation).ConfigureAwait(false);
                await RetryAsync(MostRetriedAfterUpdate, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask TellAsync(Proto.Update update, UpdateOutcome outcome, TimeSpan duration, CancellationToken cancellation)
    {
        foreach (Rejection rejection in outcome.Rejections)
        {
            log.Rejected(rejection.Service, rejection.Cause);
            Proto.Nack nack = new()
            {
                ServiceUid = rejection.ServiceUid.ToString(),
                Service = rejection.Service.ToString(),
                Reason = rejection.Cause,

                // An acknowledgement of a later version ends it.
                Version = applier.State(update.To.Shard).Version,
            };
            await SendAsync(new Proto.WorkerMessage { Nack = nack }, cancellation).ConfigureAwait(false);
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

    private async Task TendAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(Tending, time);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            await _turn.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                await RetryAsync(MostRetried, cancellation).ConfigureAwait(false);
                await AuditAsync(cancellation).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    private async ValueTask RetryAsync(int most, CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        RetryOutcome outcome = applier.Retry(most);
        foreach (NamespacedName service in outcome.Accepted)
        {
            log.Accepted(service);
        }

        RejectedTable[] left = [.. applier.Rejected];
        health.SetCondition(
            ControlLoop.Rejected,
            left.Length == 0 ? null : $"{left.Length} services are not programmed, among them {left[0].Table.Name}: {left[0].Cause}");
        if (!outcome.Shards.IsEmpty)
        {
            Save();
        }

        foreach (uint shard in outcome.Shards)
        {
            await AcknowledgeAsync(shard, time.GetElapsedTime(start), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Looks at the next shard. What differs from what was applied is asked for by an acknowledgement without a version.</summary>
    private async ValueTask AuditAsync(CancellationToken cancellation)
    {
        int shard = _audited;
        _audited = (shard + 1) % ShardMap.Shards;
        if (applier.Audit(shard) is { } difference)
        {
            health.Fault(ControlLoop.Tables, $"{difference}; asking for a snapshot");
            await AcknowledgeAsync((uint)shard, TimeSpan.Zero, cancellation).ConfigureAwait(false);
        }
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
        if (!applier.CanAcknowledge(shard))
        {
            return ValueTask.CompletedTask;
        }

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
