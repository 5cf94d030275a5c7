using Grpc.Core;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Streams;

/// <summary>Hands what a worker says to its vRouter grain, in order.</summary>
internal sealed class WorkerReader(IVRouterGrain vrouter, ulong session, IAsyncStreamReader<Proto.WorkerMessage> stream, UpdateSender sender)
{
    /// <summary>Runs until the worker ends the stream.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (await stream.MoveNext(cancellation).ConfigureAwait(false))
        {
            Proto.WorkerMessage message = stream.Current;
            Task handled = message.MessageCase switch
            {
                Proto.WorkerMessage.MessageOneofCase.Ack => AcknowledgeAsync(WorkerMapping.ToAck(message.Ack)),
                Proto.WorkerMessage.MessageOneofCase.Nack => vrouter.Nack(session, WorkerMapping.ToNack(message.Nack)),
                Proto.WorkerMessage.MessageOneofCase.Stats => vrouter.Report(session, WorkerMapping.ToStats(message.Stats)),
                Proto.WorkerMessage.MessageOneofCase.Answer => vrouter.Answer(session, WorkerMapping.ToAnswer(message.Answer)),
                _ => throw new RpcException(new Status(StatusCode.InvalidArgument, $"message {message.MessageCase} is not expected here")),
            };
            await handled.ConfigureAwait(false);
        }
    }

    private Task AcknowledgeAsync(WorkerAck ack)
    {
        foreach (ShardHolding holding in ack.Shards.Where(holding => holding.Version == ShardVersion.None))
        {
            sender.Distrust(holding.Shard);
        }

        return vrouter.Ack(session, ack);
    }
}
