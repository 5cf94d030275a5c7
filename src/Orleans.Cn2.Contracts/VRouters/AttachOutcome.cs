using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.VRouters;

/// <summary>Why a worker may not attach.</summary>
public enum AttachRefusal
{
    /// <summary>It may.</summary>
    None,

    /// <summary>The node is not registered.</summary>
    UnknownNode,

    /// <summary>A worker of this or a higher boot is or was attached.</summary>
    Superseded,

    /// <summary>No common protocol version.</summary>
    Protocol,
}

/// <summary>The answer to a worker's hello.</summary>
/// <param name="Refusal">Why not.</param>
/// <param name="Session">Names the session in the calls that follow; grows.</param>
/// <param name="Protocol">The protocol version to speak.</param>
/// <param name="Silo">Name of the silo that serves it.</param>
/// <param name="Heartbeat">The worker says something at least this often.</param>
/// <param name="Config">The node's settings.</param>
[GenerateSerializer, Immutable]
public sealed record AttachOutcome(
    [property: Id(0)] AttachRefusal Refusal,
    [property: Id(1)] ulong Session,
    [property: Id(2)] uint Protocol,
    [property: Id(3)] string Silo,
    [property: Id(4)] TimeSpan Heartbeat,
    [property: Id(5)] NodeConfig? Config);

/// <summary>What a vRouter knows beside the tables.</summary>
/// <param name="Revision">Differs for different settings; never 0.</param>
/// <param name="ServiceSubnets">Prefixes of FloatingIPs.</param>
/// <param name="NodeAddresses">Addresses of the node itself.</param>
/// <param name="SnatAddresses">At most one a family.</param>
/// <param name="HashKey">The cluster's hash key.</param>
[GenerateSerializer, Immutable]
public sealed record NodeConfig(
    [property: Id(0)] ulong Revision,
    [property: Id(1)] ImmutableArray<IpPrefix> ServiceSubnets,
    [property: Id(2)] ImmutableArray<IpAddress> NodeAddresses,
    [property: Id(3)] ImmutableArray<IpAddress> SnatAddresses,
    [property: Id(4)] UInt128 HashKey);
