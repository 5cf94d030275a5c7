using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;

/// <summary>The kernel settings of a service pair (Documentation/networking/ip-sysctl).</summary>
public static class ServicePairSettings
{
    /// <summary>
    /// Settings and values, in the order they are to be written. The near end answers no router and makes no address of
    /// its own, since only routes are wanted on it. On the far end nothing is ever handed to the stack: what the data
    /// path leaves there (it may not be attached yet) must not be forwarded back into the pair, round and round.
    /// </summary>
    public static ImmutableArray<(string Path, string Value)> Wanted(ServicePairSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ImmutableArray<(string, string)>.Builder wanted = ImmutableArray.CreateBuilder<(string, string)>();
        string near4 = $"net/ipv4/conf/{spec.NearName}", far4 = $"net/ipv4/conf/{spec.FarName}";
        wanted.Add(($"{near4}/rp_filter", "1"));
        wanted.Add(($"{far4}/rp_filter", "1"));
        wanted.Add(($"{far4}/forwarding", "0"));
        wanted.Add(($"net/ipv6/conf/{spec.FarName}/disable_ipv6", "1"));
        if (spec.ServiceSubnets.Any(subnet => subnet.Family == IpFamily.IPv6))
        {
            string near6 = $"net/ipv6/conf/{spec.NearName}";
            wanted.Add(($"{near6}/addr_gen_mode", "1"));
            wanted.Add(($"{near6}/accept_ra", "0"));
            wanted.Add(($"{near6}/autoconf", "0"));
            wanted.Add(($"{near6}/accept_dad", "0"));
            wanted.Add(($"{near6}/dad_transmits", "0"));
            wanted.Add(($"{near6}/disable_ipv6", "0"));
        }

        return wanted.ToImmutable();
    }
}
