using Grpc.Core;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.VRouters;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Services;

/// <summary>cn2.v1.Nodes on the node and vRouter grains.</summary>
internal sealed class NodesApi(IGrainFactory grains, NodeFeed feed) : Proto.Nodes.NodesBase
{
    /// <inheritdoc/>
    public override async Task<Proto.Node> Register(Proto.RegisterNodeRequest request, ServerCallContext context)
    {
        Proto.Node node = request.Node ?? new Proto.Node();
        NodeView view = await Grain(node.Metadata?.Name ?? "").Register(NodeMapping.ToSpec(node)).ConfigureAwait(false);
        return await WithStatusAsync(view).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<Proto.Node> Get(Proto.GetNodeRequest request, ServerCallContext context) =>
        await WithStatusAsync(await Grain(request.Name).Get().ConfigureAwait(false) ?? throw NotFound(request.Name)).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async Task<Proto.ListNodesResponse> List(Proto.ListNodesRequest request, ServerCallContext context)
    {
        ClusterInventory inventory = await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory().ConfigureAwait(false);
        NodeView?[] views = await Task.WhenAll(inventory.Nodes.Select(name => Grain(name).Get())).ConfigureAwait(false);
        Proto.Node[] nodes = await Task.WhenAll(views.OfType<NodeView>().Select(WithStatusAsync)).ConfigureAwait(false);
        return new Proto.ListNodesResponse { Nodes = { nodes } };
    }

    /// <inheritdoc/>
    public override Task Watch(Proto.WatchNodesRequest request, IServerStreamWriter<Proto.NodeEvent> responseStream, ServerCallContext context)
    {
        Task Send(WatchEvent told) => responseStream.WriteAsync(
            new Proto.NodeEvent { Type = told.Type, Node = told.Message<Proto.Node>(), ResourceVersion = told.Version }, context.CancellationToken);
        return feed.WatchAsync(ListPage.Of(null), request.Known, Send, context.CancellationToken);
    }

    /// <inheritdoc/>
    public override Task<Proto.DrainNodeResponse> Drain(Proto.DrainNodeRequest request, ServerCallContext context) => SetDraining(request.Name, draining: true);

    /// <inheritdoc/>
    public override Task<Proto.DrainNodeResponse> Undrain(Proto.DrainNodeRequest request, ServerCallContext context) => SetDraining(request.Name, draining: false);

    /// <inheritdoc/>
    public override async Task<Proto.DeleteNodeResponse> Delete(Proto.DeleteNodeRequest request, ServerCallContext context) =>
        new() { Fence = FenceMapping.ToProto(await Grain(request.Name).Delete().ConfigureAwait(false)) };

    internal static ObjectNotFoundException NotFound(string name) => new("Node", name, $"nodes \"{name}\" not found");

    private async Task<Proto.DrainNodeResponse> SetDraining(string name, bool draining)
    {
        DrainOutcome outcome = await Grain(name).SetDraining(draining).ConfigureAwait(false);
        return new Proto.DrainNodeResponse
        {
            Node = await WithStatusAsync(outcome.Node).ConfigureAwait(false),
            Fence = FenceMapping.ToProto(outcome.Fence),
        };
    }

    private async Task<Proto.Node> WithStatusAsync(NodeView view)
    {
        // A node without a worker has no vRouter to ask.
        VRouterStatus? status = view.Presence == NodePresence.Never
            ? null
            : await grains.GetGrain<IVRouterGrain>(view.Name).GetStatus().ConfigureAwait(false);
        return NodeMapping.ToProto(view, status);
    }

    private INodeGrain Grain(string name) =>
        name.Length > 0 ? grains.GetGrain<INodeGrain>(name) : throw new FieldException("metadata.name", "Required value: name is required");
}
