using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.Routing;

/// <summary>
/// A copy of the node's routing tables that answers by destination alone what the kernel would, and knows where it can't: there the kernel is to be asked.
/// Immutable.
/// </summary>
public sealed class RouteTables
{
    /// <summary>Routes beyond which nothing is copied: a router with all of the Internet's is asked, instead of read again with each change.</summary>
    public const int MostRoutes = 65_536;

    private readonly ImmutableArray<Step> _v4;
    private readonly ImmutableArray<Step> _v6;
    private readonly bool _knowsV4;
    private readonly bool _knowsV6;

    private RouteTables(IReadOnlyCollection<LookupRule> v4, IReadOnlyCollection<LookupRule> v6, IReadOnlyCollection<Route> routes)
    {
        Dictionary<(IpFamily Family, uint Table), PrefixMap<Candidate>> tables = [];
        foreach (Route route in routes)
        {
            ref PrefixMap<Candidate>? table = ref CollectionsMarshal.GetValueRefOrAddDefault(tables, (route.Destination.Family, route.Table), out _);
            Add(table ??= new PrefixMap<Candidate>(), route);
        }

        ImmutableArray<Step> StepsOf(IpFamily family, IEnumerable<LookupRule> rules) =>
        [
            .. rules.Where(rule => rule.Effect != RuleEffect.None).Select(rule => new Step(rule, tables.GetValueOrDefault((family, rule.Table))))
                .Where(step => step.Routes is not null || step.Rule.Effect == RuleEffect.Unknown),
        ];
        (_v4, _v6) = (StepsOf(IpFamily.IPv4, v4), StepsOf(IpFamily.IPv6, v6));
        (_knowsV4, _knowsV6) = (v4.Count > 0, v6.Count > 0);
    }

    /// <summary>A copy of nothing: the kernel is asked about every address.</summary>
    public static RouteTables Unknown { get; } = new([], [], []);

    /// <summary>Copies rules, in their order, and routes, in any; <see cref="Unknown"/> when there are too many.</summary>
    /// <param name="v4">The rules of IPv4; none where the kernel has no rules.</param>
    /// <param name="v6">The rules of IPv6.</param>
    /// <param name="routes">Routes of all tables.</param>
    public static RouteTables Of(IReadOnlyCollection<LookupRule> v4, IReadOnlyCollection<LookupRule> v6, IReadOnlyCollection<Route> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return routes.Count > MostRoutes ? Unknown : new RouteTables(v4, v6, routes);
    }

    /// <summary>The route of an address, null when there is none or it refuses. False: only the kernel knows.</summary>
    public bool TryFind(IpAddress address, out Route? route)
    {
        route = null;
        if (IsSpecial(address) || !(address.Family == IpFamily.IPv4 ? _knowsV4 : _knowsV6))
        {
            return false;
        }

        foreach (ref readonly Step step in (address.Family == IpFamily.IPv4 ? _v4 : _v6).AsSpan())
        {
            if (step.Rule.Effect == RuleEffect.Unknown)
            {
                return false;
            }

            if (step.Routes!.TryMatch(address, out Candidate found))
            {
                route = found.Route.Type is RouteType.Blackhole or RouteType.Unreachable or RouteType.Prohibit ? null : found.Route;

                // IPv4 looks in local and main at once while there are only the default rules: a longer prefix of main then goes before a local one.
                return found.IsSure && (step.Rule.Table != RoutingRule.LocalTable || found.Route.Destination.Length == address.Width);
            }
        }

        return true;
    }

    /// <summary>
    /// Addresses that the kernel treats in ways of their own: IPv4 0/8, 127/8, multicast and beyond (224/3); IPv6 ::/127, link-local (fe80::/10), multicast (ff00::/8).
    /// </summary>
    private static bool IsSpecial(IpAddress address)
    {
        if (address.Family == IpFamily.IPv4)
        {
            return (uint)address.Bits >> 24 is 0 or 127 or >= 224;
        }

        uint first = (uint)(address.Bits >> 112);
        return first is (>= 0xfe80 and < 0xfec0) or >= 0xff00 || address.Bits <= 1;
    }

    /// <summary>
    /// Of several IPv4 routes of a prefix the least metric counts. Of several of IPv6 the kernel may take any, by how reachable their routers are.
    /// </summary>
    private static void Add(PrefixMap<Candidate> table, Route route)
    {
        Candidate before = table[route.Destination];
        table[route.Destination] = before.Route is null
            ? new Candidate(route, route.IsPlain)
            : new Candidate(
                before.Route.Metric <= route.Metric ? before.Route : route,
                before.IsSure && route.IsPlain && route.Destination.Family == IpFamily.IPv4 && before.Route.Metric != route.Metric);
    }

    /// <summary>A rule that may matter, and the table it looks up in; no routes: it can't be told.</summary>
    private readonly record struct Step(LookupRule Rule, PrefixMap<Candidate>? Routes);

    /// <summary>The best route of a prefix.</summary>
    /// <param name="Route">It.</param>
    /// <param name="IsSure">False: the kernel may take another.</param>
    private readonly record struct Candidate(Route Route, bool IsSure);
}
