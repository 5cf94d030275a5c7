using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Endpoints;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Core.Tables;

/// <summary>
/// A Service compiled as far as it is the same for all nodes: what the catalog keeps and hands out. <see cref="TableCompiler"/> makes a node's
/// <see cref="ServiceTable"/> of it. Compared by value; built by <see cref="EntryBuilder"/>.
/// </summary>
[GenerateSerializer, Immutable]
public sealed record ServiceEntry
{
    /// <summary>Uid of the Service.</summary>
    [Id(0)]
    public required Guid Uid { get; init; }

    /// <summary>Namespace and name.</summary>
    [Id(1)]
    public required NamespacedName Name { get; init; }

    /// <summary>ServiceGeneration: grows with every change of this uid's entry.</summary>
    [Id(2)]
    public required ulong Generation { get; init; }

    /// <summary>The FloatingIPs, primary family first; empty for a Service that is not forwarded (headless, ExternalName, left to another proxy).</summary>
    [Id(3)]
    public ValueList<IpAddress> FloatingIps { get; init; } = [];

    /// <summary>The ports, in the order of the spec; empty where <see cref="FloatingIps"/> is.</summary>
    [Id(4)]
    public ValueList<EntryPort> Ports { get; init; } = [];

    /// <summary>Session affinity timeout in seconds; 0: no affinity.</summary>
    [Id(5)]
    public uint AffinitySeconds { get; init; }

    /// <summary>Whether nodes use only their own endpoints.</summary>
    [Id(6)]
    public TrafficPolicy InternalTrafficPolicy { get; init; }

    /// <summary>The preference that the endpoints' hints were made from; <see langword="null"/>: none.</summary>
    [Id(7)]
    public TrafficDistribution? TrafficDistribution { get; init; }

    /// <summary>VMIs that are or were selected and still exist, by VMI id.</summary>
    [Id(8)]
    public ValueList<ServiceEndpoint> Endpoints { get; init; } = [];

    /// <summary>False: nodes program nothing for it.</summary>
    public bool IsForwarded => FloatingIps.Count > 0;

    /// <summary>True when the table may differ from node to node: only local endpoints count, or endpoints carry hints.</summary>
    public bool IsNodeDependent => IsForwarded
        && (InternalTrafficPolicy == TrafficPolicy.Local || Endpoints.Any(endpoint => endpoint.Hints is not null));

    /// <summary>True when only the generation tells them apart: there is nothing to publish.</summary>
    public bool HasContentOf(ServiceEntry other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Generation = other.Generation } == other;
    }
}
