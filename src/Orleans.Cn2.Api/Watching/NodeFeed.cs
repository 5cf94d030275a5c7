using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Watching;

/// <summary>Nodes with their vRouters' presence, without the figures that change by themselves: those are answered by Get.</summary>
internal sealed class NodeFeed(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<NodeFeed> log)
    : PolledFeed(grains, lifetime, time, log)
{
    /// <inheritdoc/>
    protected override string Kind => "nodes";

    /// <inheritdoc/>
    protected override IEnumerable<string> NamesIn(ClusterInventory inventory) => inventory.Nodes;

    /// <inheritdoc/>
    protected override async Task<WatchedObject?> GetAsync(string name)
    {
        if (await Grains.GetGrain<INodeGrain>(name).Get().ConfigureAwait(false) is not { } view)
        {
            return null;
        }

        VRouterStatus? status = view.Presence == NodePresence.Never
            ? null
            : await Grains.GetGrain<IVRouterGrain>(name).GetStatus().ConfigureAwait(false);
        Proto.Node node = NodeMapping.ToProto(view, status);
        Proto.VRouterStatus vrouter = node.Vrouter;
        vrouter.LastSeen = null;
        vrouter.Health.Clear();
        (vrouter.InSync, vrouter.Services, vrouter.Paths, vrouter.Flows, vrouter.FlowsCapacity) = (false, 0, 0, 0, 0);
        return WatchedObject.Of(new NamespacedName("", name), view.Uid, view.Spec.Labels, node);
    }
}
