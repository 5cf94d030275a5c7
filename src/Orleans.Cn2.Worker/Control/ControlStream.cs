using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding;
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
    IForwardingPlane plane, TableApplier applier, HeldVersions held, WorkerTelemetry telemetry, TimeProvider time, ILogger<ControlStream> log)
{
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
        Task sending = SendAsync(call.RequestStream, ended.Token);
        Task reporting = Task.CompletedTask;
        try
        {
            while (!_superseded && await call.ResponseStream.MoveNext(ended.Token).ConfigureAwait(false))
            {
                Proto.ControlMessage message = call.ResponseStream.Current;
                if (message.MessageCase == Proto.ControlMessage.MessageOneofCase.Welcome)
                {
                    connected();
                    reporting = ReportAsync(hello.Node, TimeSpan.FromSeconds(message.Welcome.HeartbeatSeconds), ended.Token);
                }
                else
                {
                    await HandleAsync(message, ended.Token).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sending, reporting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return _superseded ? StreamEnd.Superseded : StreamEnd.Closed;
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

    private void Configure(Proto.NodeConfig config) => plane.Configure(new NodeSettings(
        [.. config.ServiceSubnets.Select(text => IpPrefix.Parse(text))],
        [.. config.NodeAddresses.Select(text => IpAddress.Parse(text))],
        [.. config.SnatAddresses.Select(text => IpAddress.Parse(text))],
        ProtoTables.ToHashKey(config.HashKey)));

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
            telemetry.Faulted();
            log.Distrusted(outcome.Fault);
        }
        else
        {
            telemetry.Applied(duration, update.CommittedAt is null ? null : time.GetUtcNow() - update.CommittedAt.ToDateTimeOffset());
            held.Save(applier.States);
        }

        await AcknowledgeAsync(update.To.Shard, duration, cancellation).ConfigureAwait(false);
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
        using PeriodicTimer timer = new(heartbeat, time);
        do
        {
            await SendAsync(new Proto.WorkerMessage { Stats = StatsReport.Of(plane, node) }, cancellation).ConfigureAwait(false);
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
