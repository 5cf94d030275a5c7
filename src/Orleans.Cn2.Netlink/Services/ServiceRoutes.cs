using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.Services;

/// <summary>How the node's own packets to service subnets come to the data path: routes of the main table into an interface of ours.</summary>
/// <param name="Missing">Routes to set, in order.</param>
/// <param name="Stale">Routes of ours to take back, after the others are set: a subnet that was split or merged is never without one.</param>
/// <param name="Unserved">Subnets that get none.</param>
public sealed record ServiceRoutes(ImmutableArray<Route> Missing, ImmutableArray<Route> Stale, ImmutableArray<UnservedSubnet> Unserved)
{
    private const byte LinkScope = 253;

    /// <summary>The difference between what is wanted and what is there.</summary>
    /// <param name="subnets">The service subnets.</param>
    /// <param name="nodeAddresses">The node's addresses; the first of a family is the source of its own connections to services.</param>
    /// <param name="addresses">All addresses of its interfaces.</param>
    /// <param name="routes">The routes of the main table.</param>
    /// <param name="linkIndex">The interface that they are to lead to.</param>
    public static ServiceRoutes Of(
        ImmutableArray<IpPrefix> subnets,
        ImmutableArray<IpAddress> nodeAddresses,
        IReadOnlySet<IpAddress> addresses,
        IReadOnlyCollection<Route> routes,
        int linkIndex)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        ArgumentNullException.ThrowIfNull(routes);
        List<Route> missing = [];
        List<UnservedSubnet> unserved = [];
        HashSet<IpPrefix> served = [];
        foreach (IpPrefix subnet in subnets)
        {
            IpAddress source = nodeAddresses.FirstOrDefault(address => address.Family == subnet.Family);
            if (WhyUnserved(subnet, source, addresses, routes) is { } reason)
            {
                unserved.Add(new UnservedSubnet(subnet, reason));
                continue;
            }

            served.Add(subnet);
            if (!routes.Any(route => IsOurs(route) && route.Destination == subnet && route.OutInterface == linkIndex && route.PreferredSource == source))
            {
                missing.Add(new Route
                {
                    Destination = subnet,
                    OutInterface = linkIndex,
                    PreferredSource = source,
                    Protocol = Route.OwnProtocol,
                    Scope = subnet.Family == IpFamily.IPv4 ? LinkScope : (byte)0,
                });
            }
        }

        return new([.. missing], [.. routes.Where(route => IsOurs(route) && !served.Contains(route.Destination))], [.. unserved]);
    }

    private static string? WhyUnserved(IpPrefix subnet, IpAddress source, IReadOnlySet<IpAddress> addresses, IReadOnlyCollection<Route> routes)
    {
        if (!source.IsSet)
        {
            return $"the node has no {subnet.Family} address";
        }

        if (!addresses.Contains(source))
        {
            return $"no interface of the node has its address {source}";
        }

        return routes.FirstOrDefault(route => route.Destination == subnet && !IsOurs(route)) is { } foreign
            ? $"it is already routed to interface {foreign.OutInterface} by protocol {foreign.Protocol}"
            : null;
    }

    private static bool IsOurs(Route route) => route.Protocol == Route.OwnProtocol;
}
