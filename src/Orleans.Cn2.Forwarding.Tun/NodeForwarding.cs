using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Tun;

/// <summary>Whether the node forwards at all, without which no packet is routed into our interfaces. As on every Kubernetes node; it is not set here.</summary>
internal static class NodeForwarding
{
    private static readonly (IpFamily Family, string Path)[] Settings =
        [(IpFamily.IPv4, "net/ipv4/ip_forward"), (IpFamily.IPv6, "net/ipv6/conf/all/forwarding")];

    /// <summary>What is not set of the families that are served, in words.</summary>
    internal static IEnumerable<string> Unset(Sysctl settings, ImmutableArray<IpPrefix> subnets) => Settings
        .Where(setting => subnets.Any(subnet => subnet.Family == setting.Family) && settings.Read(setting.Path) == "0")
        .Select(setting => $"{setting.Path} is 0: only the node's own processes reach services of {setting.Family}");
}
