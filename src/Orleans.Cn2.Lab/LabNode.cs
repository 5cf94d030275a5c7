using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Lab;

/// <summary>A node of a lab: one network namespace with an uplink and a pod prefix of each family.</summary>
public sealed record LabNode
{
    /// <summary>Name, <c>node1</c> onward.</summary>
    public required string Name { get; init; }

    /// <summary>Number, from 1.</summary>
    public required int Index { get; init; }

    /// <summary>Network namespace, as <c>ip netns</c> names it.</summary>
    public required string NetworkNamespace { get; init; }

    /// <summary>Addresses on the underlay (interface <c>eth0</c>).</summary>
    public required IpAddress V4 { get; init; }

    /// <inheritdoc cref="V4"/>
    public required IpAddress V6 { get; init; }

    /// <summary>Pod prefixes of the node.</summary>
    public required IpPrefix PodsV4 { get; init; }

    /// <inheritdoc cref="PodsV4"/>
    public required IpPrefix PodsV6 { get; init; }

    /// <summary>First usable address of the pod prefix: the node's own, for SNAT; it stands on <c>lo</c>.</summary>
    public IpAddress ReservedV4 => PodsV4.At(1);

    /// <inheritdoc cref="ReservedV4"/>
    public IpAddress ReservedV6 => PodsV6.At(1);

    /// <summary>The bpffs of the node, mounted in the root mount namespace before any worker starts.</summary>
    public required string BpfRoot { get; init; }
}
