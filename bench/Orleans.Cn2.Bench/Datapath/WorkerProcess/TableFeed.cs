using System.Collections.Immutable;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Bench.Datapath.WorkerProcess;

/// <summary>The silo's end of the southbound stream, without a silo: sends prepared tables, takes acknowledgements.</summary>
internal sealed class TableFeed : Proto.VRouter.VRouterBase
{
    private readonly Channel<Proto.Hello> _hellos = Channel.CreateUnbounded<Proto.Hello>();
    private readonly HashSet<uint> _acknowledged = [];
    private TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the next worker is sent, each a serialized update.</summary>
    public ImmutableArray<byte[]> Updates { get; set; } = [];

    /// <summary>What a worker said when it connected.</summary>
    public ChannelReader<Proto.Hello> Hellos => _hellos.Reader;

    /// <summary>Ends when every shard that was sent is acknowledged.</summary>
    public Task Complete => _complete.Task;

    public override async Task Connect(
        IAsyncStreamReader<Proto.WorkerMessage> requestStream, IServerStreamWriter<Proto.ControlMessage> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken))
        {
            return;
        }

        await _hellos.Writer.WriteAsync(requestStream.Current.Hello, context.CancellationToken);
        await responseStream.WriteAsync(new Proto.ControlMessage { Welcome = new Proto.Welcome { Protocol = requestStream.Current.Hello.ProtocolMax, Silo = "feed", HeartbeatSeconds = 1 } });
        await responseStream.WriteAsync(new Proto.ControlMessage
        {
            Config = new Proto.NodeConfig
            {
                ServiceSubnets = { "10.96.0.0/15", "fd00:96::/108" },
                NodeAddresses = { "192.0.2.1", "2001:db8:1::1" },
                HashKey = ByteString.CopyFrom(new byte[16]),
            },
        });
        ImmutableArray<byte[]> updates = Updates;
        Task sending = Task.Run(async () =>
        {
            foreach (byte[] update in updates)
            {
                await responseStream.WriteAsync(new Proto.ControlMessage { Update = Proto.Update.Parser.ParseFrom(update) }, context.CancellationToken);
            }
        }, context.CancellationToken);
        try
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                Take(requestStream.Current, updates.Length);
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException)
        {
            // The worker was ended.
            _complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _acknowledged.Clear();
        }

        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Take(Proto.WorkerMessage message, int expected)
    {
        if (message.MessageCase == Proto.WorkerMessage.MessageOneofCase.Nack)
        {
            _complete.TrySetException(new InvalidOperationException($"{message.Nack.Service}: {message.Nack.Reason}"));
        }
        else if (message.MessageCase == Proto.WorkerMessage.MessageOneofCase.Ack)
        {
            _acknowledged.UnionWith(message.Ack.Shards.Select(shard => shard.Version.Shard));
            if (_acknowledged.Count >= expected)
            {
                _complete.TrySetResult();
            }
        }
    }
}
