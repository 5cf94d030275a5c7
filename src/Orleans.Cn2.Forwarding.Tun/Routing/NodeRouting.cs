using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Services;

namespace Orleans.Cn2.Forwarding.Tun.Routing;

/// <summary>
/// Brings the node's rules and routes to what is wanted, and takes them back. What somebody else made is left alone, save that the rule of the local table
/// stands elsewhere meanwhile. After a kill -9 the interfaces and with them the routes are gone, so the rules lead nowhere and the node routes as without.
/// </summary>
internal sealed class NodeRouting(RtNetlink kernel)
{
    private static readonly IpFamily[] Families = [IpFamily.IPv4, IpFamily.IPv6];

    /// <summary>Does what is missing, and takes back what is ours and not wanted.</summary>
    /// <returns>What had to be done, in words; and the service subnets that the node's own processes can't reach.</returns>
    /// <exception cref="IOException">The kernel refuses; what was done stays, and is gone on with next time.</exception>
    internal (ImmutableArray<string> Done, ImmutableArray<UnservedSubnet> Unserved) Apply(RoutingSpec spec)
    {
        RoutingPlan plan = RoutingPlan.Of(spec);
        List<string> done = [];
        IReadOnlyList<Route> routes = kernel.GetRoutes();
        foreach (Route route in plan.Routes.Where(wanted => !routes.Any(there => IsSame(there, wanted))))
        {
            kernel.ReplaceRoute(route);
            done.Add($"route {route.Destination} of table {route.Table}");
        }

        // No packet is to meet a rule before the route that it leads to.
        ApplyRules(plan.Rules, done);
        ServiceRoutes services = ServiceRoutes.Of(
            spec.ServiceSubnets,
            spec.NodeAddresses,
            kernel.GetAddresses().Select(each => each.Address).ToHashSet(),
            [.. routes.Where(route => route.Table == Route.MainTable)],
            spec.NodeDevice);
        foreach (Route missing in services.Missing)
        {
            kernel.ReplaceRoute(missing);
            done.Add($"route {missing.Destination}");
        }

        IEnumerable<Route> unwanted = routes.Where(route => IsOurs(route) && !plan.Routes.Any(wanted => IsSame(route, wanted)));
        foreach (Route stale in services.Stale.Concat(unwanted))
        {
            Delete(stale);
            done.Add($"no route {stale.Destination} of table {stale.Table}");
        }

        return ([.. done], services.Unserved);
    }

    /// <summary>Takes all rules back, and puts the local table's where it was. The routes go with our interfaces.</summary>
    internal void Clear() => ApplyRules([], []);

    private void ApplyRules(ImmutableArray<RoutingRule> wanted, List<string> done)
    {
        foreach (IpFamily family in Families)
        {
            IReadOnlyList<RoutingRule> there = kernel.GetRules(family);
            RoutingRule[] here = [.. wanted.Where(rule => rule.Family == family)];
            foreach (RoutingRule missing in here.Where(rule => !there.Contains(rule)))
            {
                kernel.AddRule(missing);
                done.Add($"rule {missing}");
            }

            MoveLocal(family, there, here.Contains(RoutingPlan.MovedLocal(family)), done);
            foreach (RoutingRule stale in there.Where(rule => rule.Owner == Route.OwnProtocol && !here.Contains(rule)))
            {
                kernel.DeleteRule(stale);
                done.Add($"no rule {stale}");
            }
        }
    }

    // At every moment one of both is there: a node without either would not find its own addresses.
    private void MoveLocal(IpFamily family, IReadOnlyList<RoutingRule> there, bool moved, List<string> done)
    {
        if (moved)
        {
            foreach (RoutingRule front in there.Where(rule => rule.Preference == 0 && RoutingPlan.IsForeignLocal(rule)))
            {
                kernel.DeleteRule(front);
                done.Add($"no rule {front}");
            }
        }
        else if (there.Contains(RoutingPlan.MovedLocal(family)) && !there.Any(RoutingPlan.IsForeignLocal))
        {
            kernel.AddRule(RoutingPlan.KernelLocal(family));
            done.Add($"rule {RoutingPlan.KernelLocal(family)}");
        }
    }

    private void Delete(Route route)
    {
        try
        {
            kernel.DeleteRoute(route);
        }
        catch (NetlinkException refusal) when (refusal.Errno is LibC.NoEntry or LibC.NoDevice or LibC.NoProcess)
        {
            // It went with its interface.
        }
    }

    private static bool IsOurs(Route route) => route.Protocol == Route.OwnProtocol && route.Table >= RoutingPlan.FirstTable;

    private static bool IsSame(Route there, Route wanted) => IsOurs(there)
        && (there.Table, there.Destination, there.OutInterface) == (wanted.Table, wanted.Destination, wanted.OutInterface);
}
