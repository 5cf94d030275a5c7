using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.NextHops;

/// <summary>The rule that makes a next hop of what the node knows.</summary>
public static class NextHopRules
{
    private const string BridgeKind = "bridge";

    /// <summary>
    /// Resolves one target. A route decides the interface; a remote target is done with it. A local one on Ethernet also
    /// needs a valid neighbour entry, and behind a bridge the port. An entry that merely vanished (the kernel collects
    /// idle ones) keeps the MAC known before on that same interface; one that failed does not.
    /// </summary>
    /// <param name="target">What to resolve.</param>
    /// <param name="previous">The answer before; null at first.</param>
    /// <param name="view">The node.</param>
    public static NextHop Resolve(NextHopTarget target, NextHop? previous, INodeView view)
    {
        RoutedHop way = Route(target.Address, view);
        if (way is not { Route: { } route, Link: { } link })
        {
            return new NextHop { Target = target, Status = way.Status };
        }

        NextHop routed = new()
        {
            Target = target,
            Status = NextHopStatus.Resolved,
            LinkIndex = link.Index,
            RouteLinkIndex = link.Index,
            Layer = link.Layer,
            Via = route.Gateway.IsSet ? route.Gateway : target.Address,
            SourceMac = link.Mac,
        };
        return target.IsLocal && link.Layer == LinkLayer.Ethernet ? ResolveNeighbour(routed, previous, link, view) : routed;
    }

    /// <summary>How an address is routed; all that is to be known of one behind another node.</summary>
    /// <param name="address">The address.</param>
    /// <param name="view">The node.</param>
    public static RoutedHop Route(IpAddress address, INodeView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.LookupRoute(address) is not { } route ? new RoutedHop(NextHopStatus.Unroutable, null, null)
            : route.Type == RouteType.Local ? new RoutedHop(NextHopStatus.OwnAddress, null, null)
            : view.GetLink(route.OutInterface) is { IsUp: true } link ? new RoutedHop(NextHopStatus.Resolved, route, link)
            : new RoutedHop(NextHopStatus.Unroutable, null, null);
    }

    /// <summary>True when the kernel is to be asked to resolve the neighbour of this next hop.</summary>
    public static bool NeedsProbe(NextHop hop)
    {
        ArgumentNullException.ThrowIfNull(hop);
        return hop is { Target.IsLocal: true, Layer: LinkLayer.Ethernet }
            && hop.Status is NextHopStatus.Resolving or NextHopStatus.Failed;
    }

    private static NextHop ResolveNeighbour(NextHop routed, NextHop? previous, Link link, INodeView view)
    {
        Neighbour? neighbour = view.GetNeighbour(link.Index, routed.Via);
        MacAddress mac = neighbour is { IsValid: true } ? neighbour.Mac : default;
        if (!mac.IsSet)
        {
            if (neighbour?.State.HasFlag(NeighbourStates.Failed) == true)
            {
                return routed with { Status = NextHopStatus.Failed };
            }

            if (previous is not { Status: NextHopStatus.Resolved } || previous.RouteLinkIndex != link.Index
                || previous.Via != routed.Via || !previous.DestinationMac.IsSet)
            {
                return routed with { Status = NextHopStatus.Resolving };
            }

            mac = previous.DestinationMac;
        }

        if (link.Kind != BridgeKind)
        {
            return routed with { DestinationMac = mac };
        }

        // A frame straight into the pod still seems to come from the bridge, the pod's gateway.
        return view.GetBridgePort(link.Index, mac) is { } port
            ? routed with { DestinationMac = mac, LinkIndex = port.LinkIndex }
            : routed with { Status = NextHopStatus.Resolving };
    }
}
