using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Endpoints;

/// <summary>Which of a Service's endpoints a node uses for new flows (the rules of kube-proxy).</summary>
/// <param name="Chosen">The endpoints used, in the order given.</param>
/// <param name="HasAny">True when there is a usable endpoint anywhere in the cluster, on whatever node.</param>
/// <param name="Mode">How topology restricted the choice.</param>
public sealed record EndpointChoice(IReadOnlyList<ServiceEndpoint> Chosen, bool HasAny, TopologyMode Mode)
{
    /// <summary>
    /// The choice among endpoints that all have the family and the port in question.
    /// <list type="bullet">
    /// <item>Policy Local: the ready ones of this node; if there are none, its serving and terminating ones. Hints are ignored.</item>
    /// <item>Policy Cluster: the ready ones that topology lets through; if there is none ready, all serving and terminating ones, hints ignored.</item>
    /// <item>Usable is what is ready, or serving and terminating. One that terminates and does not serve is used only when not ready ones are published,
    /// which makes it ready. One that is not selected is never used.</item>
    /// </list>
    /// </summary>
    /// <param name="endpoints">The candidates.</param>
    /// <param name="policy">internalTrafficPolicy.</param>
    /// <param name="node">The node; <see langword="null"/>: one that no hint names and no endpoint is on.</param>
    public static EndpointChoice Of(IReadOnlyList<ServiceEndpoint> endpoints, TrafficPolicy policy, NodeView? node)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        List<ServiceEndpoint> usable = ReadyOrFallback(endpoints);
        if (policy == TrafficPolicy.Local)
        {
            return new(ReadyOrFallback([.. endpoints.Where(endpoint => endpoint.Node == node?.Name)]), usable.Count > 0, TopologyMode.None);
        }

        TopologyMode mode = ModeOf(usable, node);
        IReadOnlyList<ServiceEndpoint> chosen = mode switch
        {
            TopologyMode.SameNode => usable.FindAll(endpoint => IsForNode(endpoint, node)),
            TopologyMode.SameZone => usable.FindAll(endpoint => IsForZone(endpoint, node)),
            _ => usable,
        };
        return new(chosen, usable.Count > 0, mode);
    }

    /// <summary>
    /// The topology mode, of the ready endpoints alone: same node when all are hinted for nodes and one for this node; else same zone when all are hinted
    /// for zones and one for this zone; else none. One endpoint without a hint, or a node without a zone, thus turns it off; so does the fallback.
    /// </summary>
    private static TopologyMode ModeOf(List<ServiceEndpoint> usable, NodeView? node)
    {
        if (!usable.TrueForAll(IsReady))
        {
            return TopologyMode.None;
        }

        if (usable.Exists(endpoint => IsForNode(endpoint, node)) && usable.TrueForAll(endpoint => endpoint.Hints?.ForNodes?.Count > 0))
        {
            return TopologyMode.SameNode;
        }

        return usable.Exists(endpoint => IsForZone(endpoint, node)) && usable.TrueForAll(endpoint => endpoint.Hints?.ForZones?.Count > 0)
            ? TopologyMode.SameZone
            : TopologyMode.None;
    }

    private static List<ServiceEndpoint> ReadyOrFallback(IReadOnlyList<ServiceEndpoint> endpoints)
    {
        List<ServiceEndpoint> ready = [.. endpoints.Where(IsReady)];
        return ready.Count > 0 ? ready : [.. endpoints.Where(IsFallback)];
    }

    private static bool IsReady(ServiceEndpoint endpoint) => endpoint is { Selected: true, Ready: true };

    private static bool IsFallback(ServiceEndpoint endpoint) => endpoint is { Selected: true, Serving: true, Terminating: true };

    private static bool IsForNode(ServiceEndpoint endpoint, NodeView? node) =>
        node is not null && endpoint.Hints?.ForNodes?.Contains(node.Name) == true;

    private static bool IsForZone(ServiceEndpoint endpoint, NodeView? node) =>
        !string.IsNullOrEmpty(node?.Zone) && endpoint.Hints?.ForZones?.Contains(node.Zone) == true;
}
