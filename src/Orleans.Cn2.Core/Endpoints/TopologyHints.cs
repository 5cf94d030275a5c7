using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Core.Endpoints;

/// <summary>The hints that <c>spec.trafficDistribution</c> puts on endpoints.</summary>
public static class TopologyHints
{
    private const string TopologyMode = "service.kubernetes.io/topology-mode";
    private const string TopologyAwareHints = "service.kubernetes.io/topology-aware-hints";

    /// <summary>
    /// The preference that counts. The annotation topology-mode (or its older name) with the value Auto wins over the field; its shares need the CPU
    /// count of every node, which is not known here, and without them Kubernetes removes the hints: so does this.
    /// </summary>
    public static TrafficDistribution? Effective(TrafficDistribution? field, LabelSet annotations)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        return (annotations.TryGetValue(TopologyMode, out string? mode) || annotations.TryGetValue(TopologyAwareHints, out mode))
            && mode is "Auto" or "auto"
            ? null
            : field;
    }

    /// <summary>
    /// Hints of one endpoint. Only ready ones are hinted: PreferSameZone and PreferClose for their zone, PreferSameNode for their node and their zone.
    /// <see langword="null"/> where nothing is preferred, or the zone is unknown and no node is to be named.
    /// </summary>
    public static EndpointHints? Of(TrafficDistribution? preference, bool ready, string node, string? zone)
    {
        if (preference is null || !ready)
        {
            return null;
        }

        bool sameNode = preference == TrafficDistribution.PreferSameNode;
        return sameNode || !string.IsNullOrEmpty(zone)
            ? new(sameNode ? [node] : null, string.IsNullOrEmpty(zone) ? null : [zone])
            : null;
    }
}
