using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Grains;

/// <summary>Settings of the grains.</summary>
public sealed class Cn2GrainsOptions
{
    /// <summary>Name of the subnet that <see cref="ServiceCidrs"/> make.</summary>
    public const string DefaultSubnet = "service";

    /// <summary>Prefixes of the default service subnet, the default family first; empty: none is made at start.</summary>
    public ImmutableArray<IpPrefix> ServiceCidrs { get; set; } = [];

    /// <summary>How long a node's VMIs stay paths after its worker's stream ended.</summary>
    public TimeSpan NodeGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a node that was lost twice within <see cref="FlapMemory"/> must stand after its return before its VMIs take new flows while others do; doubles
    /// with each further loss. Likewise a VMI whose lease ran out.
    /// </summary>
    public TimeSpan FlapHold { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest such time.</summary>
    public TimeSpan FlapLimit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A loss is forgotten when no other follows within this time.</summary>
    public TimeSpan FlapMemory { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a released address waits for vRouters that do not answer.</summary>
    public TimeSpan QuarantineLimit { get; set; } = TimeSpan.FromHours(24);

    /// <summary>A worker says something at least this often; after three times it counts as gone.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(2);
}
