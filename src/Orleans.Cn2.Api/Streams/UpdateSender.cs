using Grpc.Core;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Contracts.VRouters;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Streams;

/// <summary>
/// Sends a worker what its vRouter grain has for it. One pull is outstanding at a time and names what was sent already, so that a slow worker
/// gets fewer, larger updates instead of a growing queue.
/// </summary>
internal sealed class UpdateSender(
    IVRouterGrain vrouter, AttachOutcome attached, Proto.Hello hello, IServerStreamWriter<Proto.ControlMessage> stream)
{
    private const int ServicesPerChunk = 200;
    private readonly SentShards _sent = new(WorkerMapping.ToHello(hello).Shards);
    private ulong _configRevision;

    /// <summary>Runs until the session ends.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (attached.Config is { } config)
        {
            await SendAsync(config, cancellation).ConfigureAwait(false);
        }

        while (!cancellation.IsCancellationRequested)
        {
            SouthboundBatch batch = await vrouter.Pull(attached.Session, new SentState(_configRevision, _sent.All)).ConfigureAwait(false);
            if (batch.Goodbye is { } goodbye)
            {
                Proto.Goodbye message = new() { Reason = goodbye.Reason, Superseded = goodbye.Superseded };
                await stream.WriteAsync(new Proto.ControlMessage { Goodbye = message }, cancellation).ConfigureAwait(false);
                return;
            }

            if (batch.Config is { } changed)
            {
                await SendAsync(changed, cancellation).ConfigureAwait(false);
            }

            foreach (ShardUpdate update in batch.Updates)
            {
                await SendAsync(update, cancellation).ConfigureAwait(false);
            }

            foreach (WorkerQuery query in batch.Queries)
            {
                await stream.WriteAsync(new Proto.ControlMessage { Query = WorkerMapping.ToProto(query) }, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The worker does not hold what was sent of a shard: the next pull asks for a snapshot of it.</summary>
    public void Distrust(int shard) => _sent.Forget(shard);

    private async Task SendAsync(NodeConfig config, CancellationToken cancellation)
    {
        await stream.WriteAsync(new Proto.ControlMessage { Config = TableMapping.ToProto(config) }, cancellation).ConfigureAwait(false);
        _configRevision = config.Revision;
    }

    private async Task SendAsync(ShardUpdate update, CancellationToken cancellation)
    {
        foreach (Proto.Update chunk in TableMapping.ToProto(update, _sent.ViewOf(update.Shard), ServicesPerChunk))
        {
            await stream.WriteAsync(new Proto.ControlMessage { Update = chunk }, cancellation).ConfigureAwait(false);
        }

        _sent.Note(new ShardHolding(update.Shard, update.To, update.View, update.Digest));
    }
}
