using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.Services;

/// <summary>A service subnet that the node's own processes cannot reach, and why.</summary>
public sealed record UnservedSubnet(IpPrefix Subnet, string Reason);
