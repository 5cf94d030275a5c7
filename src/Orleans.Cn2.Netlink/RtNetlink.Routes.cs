using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>All routes of all tables.</summary>
    /// <param name="family">Null for both.</param>
    public IReadOnlyList<Route> GetRoutes(IpFamily? family = null)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetRoute, NetlinkFlags.Dump);
        request.Header(Route.HeaderSize)[0] = FamilyOf(family);
        return _socket.Query("RTM_GETROUTE", request, Route.Read);
    }

    /// <summary>Asks the kernel how it would route a packet (policy rules included).</summary>
    /// <param name="destination">Where it goes.</param>
    /// <param name="source">Where it comes from; needed with <paramref name="inInterface"/> for IPv4.</param>
    /// <param name="inInterface">The interface it arrives on; 0 = it is the node's own.</param>
    /// <returns>The route; null when there is none, or it says unreachable, prohibit or blackhole.</returns>
    public Route? LookupRoute(IpAddress destination, IpAddress source = default, int inInterface = 0)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetRoute, NetlinkFlags.Ack);
        Span<byte> header = request.Header(Route.HeaderSize);
        header[0] = FamilyOf(destination.Family);
        header[1] = (byte)destination.Width;
        if (destination.Family == IpFamily.IPv4)
        {
            // IPv6 always answers with the table that matched, and refuses the flag.
            BitConverter.TryWriteBytes(header[8..], RouteAttribute.LookupTable);
        }

        request.Add(RouteAttribute.Destination, destination);
        if (source.IsSet)
        {
            header[2] = (byte)source.Width;
            request.Add(RouteAttribute.Source, source);
        }

        if (inInterface != 0)
        {
            request.Add(RouteAttribute.InInterface, inInterface);
        }

        try
        {
            return _socket.Query($"RTM_GETROUTE {destination}", request, Route.Read).FirstOrDefault();
        }
        catch (NetlinkException refusal) when (MeansNoRoute(refusal))
        {
            return null;
        }
    }

    /// <summary>Adds a route, or puts it in the place of the one of the same prefix, metric and table.</summary>
    public void ReplaceRoute(Route route)
    {
        ArgumentNullException.ThrowIfNull(route);
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewRoute, NetlinkFlags.Create | NetlinkFlags.Replace | NetlinkFlags.Ack);
        WriteRoute(ref request, route);
        _socket.Execute($"RTM_NEWROUTE {route.Destination} dev {route.OutInterface} via {route.Gateway} src {route.PreferredSource}", request);
    }

    /// <summary>Removes a route; every part that is set must match.</summary>
    public void DeleteRoute(Route route)
    {
        ArgumentNullException.ThrowIfNull(route);
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.DeleteRoute, NetlinkFlags.Ack);
        WriteRoute(ref request, route);
        _socket.Execute($"RTM_DELROUTE {route.Destination} dev {route.OutInterface}", request);
    }

    /// <summary>A blackhole answers EINVAL, as a malformed request does; only the latter comes with an explanation.</summary>
    private static bool MeansNoRoute(NetlinkException refusal) =>
        refusal.Errno is LibC.NetworkUnreachable or LibC.HostUnreachable or LibC.AccessDenied
        || (refusal.Errno == LibC.InvalidArgument && refusal.KernelText is null);

    private static void WriteRoute(ref NetlinkRequest request, Route route)
    {
        Span<byte> header = request.Header(Route.HeaderSize);
        header[0] = FamilyOf(route.Destination.Family);
        header[1] = (byte)route.Destination.Length;
        header[5] = route.Protocol;
        header[6] = route.Scope;
        header[7] = (byte)route.Type;
        request.Add(RouteAttribute.Table, route.Table);
        request.Add(RouteAttribute.Destination, route.Destination.Network);
        if (route.OutInterface != 0)
        {
            request.Add(RouteAttribute.OutInterface, route.OutInterface);
        }

        if (route.Gateway.IsSet)
        {
            WriteGateway(ref request, route);
        }

        if (route.PreferredSource.IsSet)
        {
            request.Add(RouteAttribute.PreferredSource, route.PreferredSource);
        }

        if (route.Metric != 0)
        {
            request.Add(RouteAttribute.Priority, route.Metric);
        }
    }

    private static void WriteGateway(ref NetlinkRequest request, Route route)
    {
        if (route.Gateway.Family == route.Destination.Family)
        {
            request.Add(RouteAttribute.Gateway, route.Gateway);
            return;
        }

        Span<byte> via = stackalloc byte[2 + 16];
        BitConverter.TryWriteBytes(via, (ushort)FamilyOf(route.Gateway.Family));
        request.Add(RouteAttribute.Via, via[..(2 + route.Gateway.WriteBytes(via[2..]))]);
    }
}
