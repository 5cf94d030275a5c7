using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink.Interfaces;

namespace Orleans.Cn2.Netlink.Sources;

/// <summary>The rule that tells from which addresses a pod's interface may send.</summary>
public static class SourceRules
{
    private const string VethKind = "veth";

    /// <summary>
    /// The addresses behind each pod-side interface, as far as the node knows them. They are those that it routes to the interface as hosts; of a
    /// bridge's veth port, those of VMIs that were found behind it. A family in which a whole prefix is routed there is left out, since nobody can
    /// tell what sends from it; so is one without any address: nothing is known there, and nothing is to be checked.
    /// </summary>
    /// <param name="interfaces">The data path's interfaces.</param>
    /// <param name="routes">The node's routes.</param>
    /// <param name="own">The node's own addresses.</param>
    /// <param name="vmis">Addresses of local VMIs and the interface that leads to each.</param>
    /// <returns>By interface index, in order; interfaces without any are absent.</returns>
    public static ImmutableDictionary<int, ImmutableArray<IpAddress>> Of(
        IReadOnlyCollection<NodeInterface> interfaces,
        IReadOnlyCollection<Route> routes,
        IReadOnlySet<IpAddress> own,
        IEnumerable<(IpAddress Address, int Interface)> vmis)
    {
        ArgumentNullException.ThrowIfNull(interfaces);
        ArgumentNullException.ThrowIfNull(own);
        Dictionary<int, NodeInterface> pods = interfaces.Where(one => one.Role == InterfaceRole.PodSide).ToDictionary(one => one.Index);
        Dictionary<int, SortedSet<IpAddress>> known = [];
        HashSet<(int, IpFamily)> open = [];
        foreach (Route route in routes.Where(route => route.Type == RouteType.Unicast && pods.ContainsKey(route.OutInterface)))
        {
            IpPrefix to = route.Destination;
            if (to.Length < to.Network.Width)
            {
                if (!IsLinkLocal(to.Network))
                {
                    open.Add((route.OutInterface, to.Family));
                }
            }
            else if (!own.Contains(to.Network))
            {
                Add(known, route.OutInterface, to.Network);
            }
        }

        foreach ((IpAddress address, int index) in vmis)
        {
            if (pods.TryGetValue(index, out NodeInterface? port) && port.Link.MasterIndex != 0 && port.Link.Kind == VethKind)
            {
                Add(known, index, address);
            }
        }

        return known
            .Select(each => (each.Key, Addresses: each.Value.Where(address => !open.Contains((each.Key, address.Family))).ToImmutableArray()))
            .Where(each => each.Addresses.Length > 0)
            .ToImmutableDictionary(each => each.Key, each => each.Addresses);
    }

    /// <summary>Every interface has a route to its link-local prefix (RFC 4291 2.5.6, RFC 3927); it tells nothing of the pod.</summary>
    private static bool IsLinkLocal(IpAddress address) =>
        address.Family == IpFamily.IPv6 ? IpPrefix.Parse("fe80::/10").Contains(address) : IpPrefix.Parse("169.254.0.0/16").Contains(address);

    private static void Add(Dictionary<int, SortedSet<IpAddress>> known, int index, IpAddress address)
    {
        if (!known.TryGetValue(index, out SortedSet<IpAddress>? addresses))
        {
            known[index] = addresses = [];
        }

        addresses.Add(address);
    }
}
