using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Lab;

/// <summary>The host of the outside network: neither node nor pod, reached by a router on the underlay.</summary>
public sealed record LabHost
{
    /// <summary>Network namespace, as <c>ip netns</c> names it.</summary>
    public required string NetworkNamespace { get; init; }

    /// <summary>Addresses on <c>eth0</c>.</summary>
    public required IpAddress V4 { get; init; }

    /// <inheritdoc cref="V4"/>
    public required IpAddress V6 { get; init; }
}
