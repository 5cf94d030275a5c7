using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab;

/// <summary>A port that a container declares, as in <c>spec.containers[].ports[]</c>.</summary>
/// <param name="Name">Name or null.</param>
/// <param name="Port">The container's port, 1 to 65535.</param>
/// <param name="Protocol">Its protocol.</param>
public sealed record NamedPort(string? Name, ushort Port, TransportProtocol Protocol);

/// <summary>A pod of the lab as it stands: all that a VMI is registered from.</summary>
public sealed record LabPod
{
    /// <summary>Kubernetes namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name, unique within the namespace.</summary>
    public required string Name { get; init; }

    /// <summary>Unique for all time: a pod that takes a name again has another uid.</summary>
    public required string Uid { get; init; }

    /// <summary>The workload that made it.</summary>
    public required WorkloadId Workload { get; init; }

    /// <summary>Labels, those of the template and those that the workload's kind adds.</summary>
    public required ImmutableSortedDictionary<string, string> Labels { get; init; }

    /// <summary>Name of the node it runs on.</summary>
    public required string Node { get; init; }

    /// <summary>Addresses: from the node's pod prefix, or the node's own with <see cref="HostNetwork"/>.</summary>
    public required IpAddress V4 { get; init; }

    /// <inheritdoc cref="V4"/>
    public required IpAddress V6 { get; init; }

    /// <summary>Declared container ports, named or not, in the order of the manifest.</summary>
    public ImmutableArray<NamedPort> Ports { get; init; } = [];

    /// <summary>Kubernetes condition Ready: started, and the readiness probe (where there is one) passed.</summary>
    public bool Ready { get; init; }

    /// <summary>Why it isn't ready; null when it is.</summary>
    public string? NotReadyReason { get; init; }

    /// <summary>True between <see cref="LabCluster.BeginTerminationAsync"/> and <see cref="LabCluster.RemoveAsync"/>.</summary>
    public bool Terminating { get; init; }

    /// <summary>True when the pod lives in its node's network namespace.</summary>
    public bool HostNetwork { get; init; }

    /// <summary>Network namespace of its traffic, as <c>ip netns</c> names it.</summary>
    public required string NetworkNamespace { get; init; }

    /// <summary>Interface on the node's side of its link; null with <see cref="HostNetwork"/>.</summary>
    public string? NodeInterface { get; init; }

    /// <summary>Namespace and name.</summary>
    public NamespacedName Id => new(Namespace, Name);
}
