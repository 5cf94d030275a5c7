using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Tun.Routing;

/// <summary>
/// The rules and routes that lead packets into our interfaces (docs/datapath.md, section 10): pure functions of what is wanted. Whatever is ours bears
/// <see cref="Route.OwnProtocol"/>.
/// </summary>
/// <param name="Rules">Policy routing rules.</param>
/// <param name="Routes">Routes of our own tables.</param>
internal sealed record RoutingPlan(ImmutableArray<RoutingRule> Rules, ImmutableArray<Route> Routes)
{
    /// <summary>Before the local table: packets to a SNAT address, which is an address of the node.</summary>
    internal const uint BeforeLocal = 97;

    /// <summary>Where the rule of the local table stands meanwhile, as Cilium has it; the kernel's own place is 0, before which nothing can be.</summary>
    internal const uint LocalPreference = 100;

    /// <summary>After the local table: what is not for the node itself.</summary>
    internal const uint AfterLocal = 193;

    /// <summary>The table of an interface is this and its index.</summary>
    internal const uint FirstTable = 194_000_000;

    private const byte LinkScope = 253;

    /// <summary>The rule of the local table as the kernel makes it (RTPROT_KERNEL).</summary>
    internal static RoutingRule KernelLocal(IpFamily family) =>
        new() { Family = family, Preference = 0, Table = RoutingRule.LocalTable, Owner = 2 };

    /// <summary>The same behind our rules.</summary>
    internal static RoutingRule MovedLocal(IpFamily family) =>
        new() { Family = family, Preference = LocalPreference, Table = RoutingRule.LocalTable, Owner = Route.OwnProtocol };

    /// <summary>True for a rule of others by which all of the node's own addresses are found.</summary>
    internal static bool IsForeignLocal(RoutingRule rule) =>
        rule is { Table: RoutingRule.LocalTable, InInterface: "", Destination: null, IpProtocol: 0, IsPlain: true } && rule.Owner != Route.OwnProtocol;

    /// <summary>Plans for what is wanted.</summary>
    internal static RoutingPlan Of(RoutingSpec spec)
    {
        List<RoutingRule> rules = [];
        List<Route> routes = [];
        foreach (IpFamily family in spec.ServiceSubnets.Select(subnet => subnet.Family).Distinct())
        {
            ImmutableArray<IpAddress> snat = [.. spec.SnatAddresses.Where(address => address.Family == family)];
            if (!snat.IsEmpty)
            {
                rules.Add(MovedLocal(family));
            }

            foreach (CapturedInterface one in spec.Captured)
            {
                uint table = FirstTable + (uint)one.Index;
                routes.Add(new Route
                {
                    Destination = new IpPrefix(IpAddress.Of(family, 0), 0),
                    OutInterface = one.DeviceIndex,
                    Table = table,
                    Protocol = Route.OwnProtocol,
                    Scope = family == IpFamily.IPv4 ? LinkScope : (byte)0,
                });
                RoutingRule all = new() { Family = family, Preference = AfterLocal, Table = table, InInterface = one.Name, Owner = Route.OwnProtocol };
                rules.AddRange(snat.SelectMany(address => ProtocolsTo(address, one).Select(protocol => all with
                {
                    Preference = BeforeLocal,
                    Destination = new IpPrefix(address, address.Width),
                    IpProtocol = protocol,
                })));
                rules.Add(all);
            }
        }

        return new([.. rules], [.. routes]);
    }

    /// <summary>
    /// All protocols (0) to an address that is not the interface's own. For one that is, neighbours ask on the link, and the kernel answers by what it
    /// finds in routing: ARP, which no rule with a protocol matches, and ICMPv6 must go on to the local table.
    /// </summary>
    private static ImmutableArray<byte> ProtocolsTo(IpAddress snat, CapturedInterface one) =>
        !one.Addresses.Contains(snat) ? [0]
        : snat.Family == IpFamily.IPv4 ? [IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Sctp, IpProtocol.Icmp]
        : [IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Sctp];
}
