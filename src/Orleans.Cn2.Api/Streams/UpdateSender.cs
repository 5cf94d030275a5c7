using System.Collections.Concurrent;
using Grpc.Core;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;
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
    // By shards that there are: a worker may say anything, and all of this goes with each pull.
    private readonly ConcurrentDictionary<int, ShardHolding> _sent = new(WorkerMapping.ToHello(hello).Shards
        .Where(holding => holding.Shard is >= 0 and < ShardMap.Shards)
        .GroupBy(holding => holding.Shard, (shard, said) => KeyValuePair.Create(shard, said.Last())));
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
            SouthboundBatch batch = await vrouter.Pull(attached.Session, new SentState(_configRevision, [.. _sent.Values])).ConfigureAwait(false);
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
    public void Distrust(int shard) => _sent.TryRemove(shard, out _);

    private async Task SendAsync(NodeConfig config, CancellationToken cancellation)
    {
        await stream.WriteAsync(new Proto.ControlMessage { Config = TableMapping.ToProto(config) }, cancellation).ConfigureAwait(false);
        _configRevision = config.Revision;
    }

    private async Task SendAsync(ShardUpdate update, CancellationToken cancellation)
    {
        ulong fromView = _sent.TryGetValue(update.Shard, out ShardHolding former) ? former.View : 0;
        foreach (Proto.Update chunk in TableMapping.ToProto(update, fromView, ServicesPerChunk))
        {
            await stream.WriteAsync(new Proto.ControlMessage { Update = chunk }, cancellation).ConfigureAwait(false);
        }

        _sent[update.Shard] = new ShardHolding(update.Shard, update.To, update.View, update.Digest);
    }
}
