using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Dashboards;

/// <summary>
/// The southbound stream of a node as a worker speaks it, without a data plane: it acknowledges every update at once and reports counters that grow.
/// </summary>
internal sealed class ReportingWorker : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<WorkerMessage, ControlMessage> _stream;
    private readonly HashSet<ulong> _frontends = [];
    private ulong _reports;

    private ReportingWorker(GrpcChannel channel)
    {
        _channel = channel;
        _stream = new VRouter.VRouterClient(channel).Connect();
    }

    /// <summary>Attaches to the silo as a registered node.</summary>
    public static async Task<ReportingWorker> AttachAsync(string silo, string node)
    {
        ReportingWorker worker = new(GrpcChannel.ForAddress(silo));
        await worker._stream.RequestStream.WriteAsync(new WorkerMessage
        {
            Hello = new Hello { Node = node, Boot = 1, ProtocolMin = 1, ProtocolMax = 1, WorkerVersion = "test", Engine = "managed", Mode = "stack" },
        });
        return worker;
    }

    /// <summary>Acknowledges updates and reports after each control message and whenever <paramref name="between"/> passes, until cancelled.</summary>
    public async Task RunAsync(TimeSpan between, CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(between);
        Task<bool> message = _stream.ResponseStream.MoveNext(cancellation);
        Task<bool> tick = timer.WaitForNextTickAsync(cancellation).AsTask();
        while (true)
        {
            if (await Task.WhenAny(message, tick) == message)
            {
                Assert.True(await message, "the silo ended the stream");
                await HandleAsync(_stream.ResponseStream.Current);
                message = _stream.ResponseStream.MoveNext(cancellation);
            }
            else
            {
                await tick;
                await ReportAsync();
                tick = timer.WaitForNextTickAsync(cancellation).AsTask();
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _stream.Dispose();
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task HandleAsync(ControlMessage message)
    {
        Assert.True(message.Goodbye is null, message.Goodbye?.Reason);
        if (message.Update is not { } update)
        {
            return;
        }

        _frontends.UnionWith(update.Upserts.SelectMany(service => service.Frontends).Select(frontend => frontend.Id));
        if (update.LastChunk)
        {
            Ack ack = new()
            {
                Versions = { update.To },
                Shards = { new ShardState { Version = update.To, Digest = update.Digest } },
                ApplyNanos = 1,
                ProgrammedAt = DateTime.UtcNow.ToTimestamp(),
            };
            await _stream.RequestStream.WriteAsync(new WorkerMessage { Ack = ack });
        }
    }

    private Task ReportAsync()
    {
        _reports++;
        Stats stats = new()
        {
            Services = _frontends.Count,
            Paths = _frontends.Count,
            Flows = 3,
            FlowsCapacity = 100,
            EmbryonicFlows = 1,
            SlotsUsed = 10,
            SlotsCapacity = 1000,
            Reasons =
            {
                new ReasonCount { Reason = DropReason.Unallocated, Packets = _reports, Bytes = _reports * 60 },
                new ReasonCount { Reason = DropReason.NoSuchPort, Reject = true, Packets = _reports, Bytes = _reports * 60 },
            },
            Frontends = { _frontends.Select(id => new FrontendCount { FrontendId = id, Packets = _reports * 9, Bytes = _reports * 900, NewFlows = _reports }) },
        };
        return _stream.RequestStream.WriteAsync(new WorkerMessage { Stats = stats });
    }
}
