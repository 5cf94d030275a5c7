using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Security;
using Orleans.Cn2.Api.Security.Callers;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Southbound;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Streams;

/// <summary>The southbound stream: attaches a worker to its vRouter grain and carries messages both ways until either side ends.</summary>
internal sealed class VRouterApi(IGrainFactory grains, IHostApplicationLifetime lifetime, ILogger<VRouterApi> log) : Proto.VRouter.VRouterBase
{
    /// <inheritdoc/>
    public override async Task Connect(
        IAsyncStreamReader<Proto.WorkerMessage> requestStream, IServerStreamWriter<Proto.ControlMessage> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false)
            || requestStream.Current.MessageCase != Proto.WorkerMessage.MessageOneofCase.Hello)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "the first message of a worker must be Hello"));
        }

        Proto.Hello hello = requestStream.Current.Hello;
        Caller? caller = Caller.Of(context.GetHttpContext().User);
        if (caller?.SpeaksFor(hello.Node) != true)
        {
            log.WrongNode(caller?.Name, hello.Node);
            throw new RpcException(new Status(StatusCode.PermissionDenied, $"{caller?.Name} may not speak for node \"{hello.Node}\""));
        }

        IVRouterGrain vrouter = grains.GetGrain<IVRouterGrain>(hello.Node);
        AttachOutcome attached = await vrouter.Attach(WorkerMapping.ToHello(hello)).ConfigureAwait(false);
        if (attached.Refusal != AttachRefusal.None)
        {
            await RefuseAsync(hello, attached.Refusal, responseStream, context.CancellationToken).ConfigureAwait(false);
            return;
        }

        log.Attached(hello.Node, hello.Boot, hello.Engine, hello.Mode, hello.WorkerVersion);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await responseStream.WriteAsync(
                new Proto.ControlMessage
                {
                    Welcome = new Proto.Welcome
                    {
                        Protocol = attached.Protocol,
                        Silo = attached.Silo,
                        HeartbeatSeconds = attached.Heartbeat.TotalSeconds,
                    },
                },
                ended.Token).ConfigureAwait(false);
            UpdateSender sender = new(vrouter, attached, hello, responseStream);
            WorkerReader reader = new(vrouter, attached.Session, requestStream, sender);
            Task sending = sender.RunAsync(ended.Token);
            Task first = await Task.WhenAny(reader.RunAsync(ended.Token), sending).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            if (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                await DismissAsync(sending, responseStream, context.CancellationToken).ConfigureAwait(false);
                log.Ended(hello.Node, "this server is stopping");
                return;
            }

            await first.ConfigureAwait(false);
            log.Ended(hello.Node, "closed");
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException)
        {
            log.Ended(hello.Node, broken.Message);
        }
        finally
        {
            await vrouter.Detach(attached.Session).ConfigureAwait(false);
        }
    }

    // A worker that is told goes to its next endpoint at once; one that is not holds up the stop until its stream is cut.
    private static async Task DismissAsync(Task sending, IServerStreamWriter<Proto.ControlMessage> stream, CancellationToken left)
    {
        // The stream takes one message at a time.
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stream.WriteAsync(new Proto.ControlMessage { Goodbye = new Proto.Goodbye { Reason = "this server is stopping" } }, left).ConfigureAwait(false);
    }

    private async Task RefuseAsync(
        Proto.Hello hello, AttachRefusal refusal, IServerStreamWriter<Proto.ControlMessage> stream, CancellationToken cancellation)
    {
        string reason = refusal switch
        {
            AttachRefusal.UnknownNode => $"node: '{hello.Node}' is not registered",
            AttachRefusal.Superseded => $"boot: {hello.Boot} of node {hello.Node} is not above that of the worker known last",
            _ => $"protocol: {hello.ProtocolMin}..{hello.ProtocolMax} has no version in common with this silo's {ProtocolRange.Own}: update the older of the two",
        };
        log.Refused(hello.Node, reason);
        Proto.Goodbye goodbye = new() { Reason = reason, Superseded = refusal == AttachRefusal.Superseded };
        await stream.WriteAsync(new Proto.ControlMessage { Goodbye = goodbye }, cancellation).ConfigureAwait(false);
    }
}
