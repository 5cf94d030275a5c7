using System.Collections.Immutable;
using Grpc.Core;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Waiting;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Flows;
using Orleans.Cn2.Core.Tables;
using NodeView = Orleans.Cn2.Contracts.Nodes.NodeView;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Services;

/// <summary>cn2.v1.Diagnostics: what vRouters and grains say of themselves.</summary>
internal sealed class DiagnosticsApi(IGrainFactory grains, ProgrammedWaiter programmed, ApiIdentity identity) : Proto.Diagnostics.DiagnosticsBase
{
    private const int DefaultFlows = 1000;
    private static readonly TimeSpan WorkerTimeout = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    public override async Task<Proto.Explanation> Explain(Proto.ExplainRequest request, ServerCallContext context)
    {
        PacketQuestion question = new(
            Enum.TryParse(request.Protocol, ignoreCase: true, out TransportProtocol protocol) && Enum.IsDefined(protocol)
                ? protocol
                : throw new FieldException("protocol", $"Unsupported value: \"{request.Protocol}\": supported values: \"SCTP\", \"TCP\", \"UDP\""),
            Address("source", request.Source, required: true),
            Port("source_port", request.SourcePort),
            Address("destination", request.Destination, required: true),
            Port("destination_port", request.DestinationPort));
        IVRouterGrain vrouter = await RegisteredAsync(request.Node).ConfigureAwait(false);
        return WorkerMapping.ToProto(await vrouter.Explain(question, WorkerTimeout).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public override async Task<Proto.FlowsResponse> Flows(Proto.FlowsRequest request, ServerCallContext context)
    {
        FlowQuestion question = new(
            Address("floating_ip", request.FloatingIp),
            Address("client", request.Client),
            Address("vmi", request.Vmi),
            request.Limit > 0 ? request.Limit : DefaultFlows,
            request.OpenOnly ? BoundedPoll.Seconds("silent_seconds", request.SilentSeconds, FlowLife.DefaultSilence) : null);
        IVRouterGrain vrouter = await RegisteredAsync(request.Node).ConfigureAwait(false);
        ImmutableArray<FlowAnswer> flows = await vrouter.Flows(question, WorkerTimeout).ConfigureAwait(false);
        return new Proto.FlowsResponse { Flows = { flows.Select(WorkerMapping.ToProto) } };
    }

    /// <inheritdoc/>
    public override async Task<Proto.DropsResponse> Drops(Proto.DropsRequest request, ServerCallContext context)
    {
        if (request.Node.Length > 0)
        {
            await RegisteredAsync(request.Node).ConfigureAwait(false);
        }

        ImmutableArray<string> nodes = request.Node.Length > 0 ? [request.Node] : (await InventoryAsync().ConfigureAwait(false)).Nodes;
        VRouterStatus[] statuses = await Task.WhenAll(nodes.Select(node => VRouter(node).GetStatus())).ConfigureAwait(false);
        Proto.DropsResponse response = new();
        foreach ((string node, VRouterStatus status) in nodes.Zip(statuses))
        {
            response.Counts.AddRange((status.Stats?.Reasons ?? []).Where(count => count.Packets > 0).Select(count => new Proto.ReasonCount
            {
                Node = node,
                Reason = (Proto.DropReason)count.Reason,
                Reject = count.Reject,
                Packets = count.Packets,
                Bytes = count.Bytes,
            }));
        }

        return response;
    }

    /// <inheritdoc/>
    public override async Task<Proto.TablesResponse> Tables(Proto.TablesRequest request, ServerCallContext context)
    {
        IVRouterGrain vrouter = await RegisteredAsync(request.Node).ConfigureAwait(false);
        ImmutableArray<ServiceTable> tables = await vrouter.GetTables().ConfigureAwait(false);
        return new Proto.TablesResponse { Services = { tables.Select(TableMapping.ToProto) } };
    }

    /// <inheritdoc/>
    public override Task<Proto.ProgrammedResponse> Programmed(Proto.ProgrammedRequest request, ServerCallContext context) =>
        programmed.WaitAsync(FenceMapping.ToFence(request.Fence), request.Percent, request.TimeoutSeconds, context.CancellationToken);

    /// <inheritdoc/>
    public override async Task<Proto.StatusResponse> Status(Proto.StatusRequest request, ServerCallContext context)
    {
        ClusterInventory inventory = await InventoryAsync().ConfigureAwait(false);
        ClusterIdentity cluster = await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetIdentity().ConfigureAwait(false);
        ShardStatus[] shards = await Task.WhenAll(
            Enumerable.Range(0, ShardMap.Shards).Select(shard => grains.GetGrain<ICatalogGrain>(shard).GetStatus())).ConfigureAwait(false);
        NodeView?[] nodes = await Task.WhenAll(inventory.Nodes.Select(node => grains.GetGrain<INodeGrain>(node).Get())).ConfigureAwait(false);
        VRouterStatus[] vrouters = await Task.WhenAll(inventory.Nodes.Select(node => VRouter(node).GetStatus())).ConfigureAwait(false);
        IManagementGrain management = grains.GetGrain<IManagementGrain>(0);
        Dictionary<SiloAddress, SiloStatus> silos = await management.GetHosts(onlyActive: true).ConfigureAwait(false);
        return new Proto.StatusResponse
        {
            Version = identity.Version,
            Cluster = cluster.Id.ToString(),
            Services = shards.Sum(shard => shard.Listed),
            ShardsReady = shards.Count(shard => shard.Ready),
            Nodes = inventory.Nodes.Length,
            NodesInSync = vrouters.Count(vrouter => vrouter is { Attached: true, InSync: true }),
            Vmis = nodes.Sum(node => node?.Vmis ?? 0),
            Faults =
            {
                from pair in inventory.Nodes.Zip(vrouters)
                from part in pair.Second.Stats?.Health ?? []
                where part.IsFaulty
                select $"{pair.First}: {part.Part}: {part.Cause}",
            },
            Silos = { silos.Select(silo => new Proto.SiloStatus { Name = silo.Key.ToString(), Address = silo.Key.Endpoint.ToString(), State = silo.Value.ToString() }) },
        };
    }

    private static IpAddress Address(string field, string text, bool required = false) =>
        text.Length == 0 && !required ? default
        : IpAddress.TryParse(text, null, out IpAddress address) ? address
        : throw new FieldException(field, $"Invalid value: \"{text}\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");

    private static ushort Port(string field, uint port) =>
        port <= ushort.MaxValue ? (ushort)port : throw new FieldException(field, $"Invalid value: {port}: must be between 0 and 65535, inclusive");

    private Task<ClusterInventory> InventoryAsync() => grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory();

    private IVRouterGrain VRouter(string node) => grains.GetGrain<IVRouterGrain>(node);

    private async Task<IVRouterGrain> RegisteredAsync(string node)
    {
        if (node.Length == 0)
        {
            throw new FieldException("node", "Required value: name of a node");
        }

        return await grains.GetGrain<INodeGrain>(node).Get().ConfigureAwait(false) is null ? throw NodesApi.NotFound(node) : VRouter(node);
    }
}
