using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Testing.Southbound;

/// <summary>
/// The worker's end of the southbound stream without a data plane: acknowledges every update at once, unless it is told to hold, reports, and answers
/// questions for flows with those it is given.
/// </summary>
public sealed class StreamWorker : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly AsyncDuplexStreamingCall<WorkerMessage, ControlMessage> _call;
    private readonly Channel<WorkerMessage> _outgoing = Channel.CreateUnbounded<WorkerMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Update> _held = [];
    private readonly Lock _gate = new();
    private readonly Action<StreamWorker, Update>? _told;
    private readonly Action<Update>? _apply;
    private Task _reading = Task.CompletedTask;
    private Task _running = Task.CompletedTask;
    private bool _holds;
    private bool _disposed;

    private StreamWorker(VRouter.VRouterClient client, string node, Action<StreamWorker, Update>? told, Action<Update>? apply)
    {
        (Node, _told, _apply) = (node, told, apply);
        _call = client.Connect(cancellationToken: _ended.Token);
    }

    /// <summary>The node it speaks for.</summary>
    public string Node { get; }

    /// <summary>Ends with the stream, as that ended.</summary>
    public Task Ended => _reading;

    /// <summary>What it says when it is asked for flows.</summary>
    public IReadOnlyList<Flow> Flows { get; set; } = [];

    /// <summary>While true nothing is acknowledged; once false again, all that came meanwhile is.</summary>
    public bool Holds
    {
        get => _holds;
        set
        {
            lock (_gate)
            {
                _holds = value;
                if (!value)
                {
                    _held.ForEach(Acknowledge);
                    _held.Clear();
                }
            }
        }
    }

    /// <summary>Connects as the worker of a registered node and waits for the welcome.</summary>
    /// <param name="channel">To a silo or gateway.</param>
    /// <param name="node">The node.</param>
    /// <param name="told">Called with each chunk of an update, with the last one once the update is acknowledged.</param>
    /// <param name="held">What it says to hold already, by shard.</param>
    /// <param name="apply">Called with each chunk of an update before it is acknowledged, as a data plane would apply it.</param>
    public static async Task<StreamWorker> ConnectAsync(
        GrpcChannel channel, string node, Action<StreamWorker, Update>? told = null, IEnumerable<ShardState>? held = null, Action<Update>? apply = null)
    {
        StreamWorker worker = new(new VRouter.VRouterClient(channel), node, told, apply);
        Hello hello = new() { Node = node, Boot = 1, ProtocolMin = 1, ProtocolMax = 1, WorkerVersion = "test", Engine = "managed", Mode = "stack", Shards = { held ?? [] } };
        await worker._call.RequestStream.WriteAsync(new WorkerMessage { Hello = hello });
        worker._reading = worker.ReadAsync();
        worker._running = Task.WhenAll(worker.SendAsync(), worker._reading, worker.ReportAsync());
        await worker._welcomed.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return worker;
    }

    /// <summary>Leaves; may be repeated.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _ended.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _call.Dispose();
        _ended.Dispose();
    }

    private async Task SendAsync()
    {
        await foreach (WorkerMessage message in _outgoing.Reader.ReadAllAsync(_ended.Token))
        {
            await _call.RequestStream.WriteAsync(message, _ended.Token);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(_ended.Token))
            {
                Take(_call.ResponseStream.Current);
            }
        }
        catch (Exception end)
        {
            _welcomed.TrySetException(end);
            throw;
        }

        _welcomed.TrySetException(new IOException($"the stream of {Node} ended before the welcome"));
    }

    private async Task ReportAsync()
    {
        using PeriodicTimer heartbeat = new(TimeSpan.FromSeconds(2));
        do
        {
            Say(new WorkerMessage { Stats = new Stats { Mode = "stack" } });
        }
        while (await heartbeat.WaitForNextTickAsync(_ended.Token));
    }

    private void Take(ControlMessage message)
    {
        switch (message.MessageCase)
        {
            case ControlMessage.MessageOneofCase.Welcome:
                _welcomed.TrySetResult();
                break;
            case ControlMessage.MessageOneofCase.Update when message.Update.LastChunk:
                _apply?.Invoke(message.Update);
                lock (_gate)
                {
                    if (_holds)
                    {
                        _held.Add(message.Update);
                    }
                    else
                    {
                        Acknowledge(message.Update);
                    }
                }

                break;
            case ControlMessage.MessageOneofCase.Update:
                _apply?.Invoke(message.Update);
                _told?.Invoke(this, message.Update);
                break;
            case ControlMessage.MessageOneofCase.Query:
                Say(new WorkerMessage { Answer = AnswerOf(message.Query) });
                break;
        }
    }

    private Answer AnswerOf(Query query) => query.QueryCase == Query.QueryOneofCase.Flows
        ? new Answer { QueryId = query.Id, Flows = new FlowsResponse { Flows = { Flows.Where(flow => query.Flows.Vmi.Length == 0 || flow.Vmi == query.Flows.Vmi) } } }
        : new Answer { QueryId = query.Id, Error = "this worker has no data plane" };

    private void Acknowledge(Update update)
    {
        Ack ack = new() { Shards = { new ShardState { Version = update.To, Digest = update.Digest } }, Versions = { update.To } };
        Say(new WorkerMessage { Ack = ack });
        _told?.Invoke(this, update);
    }

    private void Say(WorkerMessage message) => _outgoing.Writer.TryWrite(message);
}
