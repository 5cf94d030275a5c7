using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;

/// <summary>
/// How the node's own processes reach services: the service subnets are routed into a veth pair of the node, and the
/// data path takes the packets off its far end.
/// </summary>
public sealed record ServicePairSpec
{
    /// <summary>Locally administered, and the same of every pair: answers to connections of before a pair was made anew find it.</summary>
    public static readonly MacAddress NearMac = MacAddress.Parse("02:43:4e:32:00:01");

    /// <summary>Of the other end.</summary>
    public static readonly MacAddress FarMac = MacAddress.Parse("02:43:4e:32:00:02");

    /// <summary>The end that the routes point at.</summary>
    public string NearName { get; init; } = "cn2s0";

    /// <summary>The end where the data path listens.</summary>
    public string FarName { get; init; } = "cn2s1";

    /// <summary>Largest L3 packet in bytes: that of the narrowest way to a VMI, so that segments fit it.</summary>
    public uint Mtu { get; init; } = 1500;

    /// <summary>The service subnets.</summary>
    public ImmutableArray<IpPrefix> ServiceSubnets { get; init; } = [];

    /// <summary>The node's addresses; of each family the first is the source of its own connections to services.</summary>
    public ImmutableArray<IpAddress> NodeAddresses { get; init; } = [];

    /// <summary>The source for a family; unset if the node has no address of it.</summary>
    public IpAddress SourceOf(IpFamily family) => NodeAddresses.FirstOrDefault(address => address.Family == family);
}
