using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

/// <summary>rtm_type, linux/rtnetlink.h.</summary>
public enum RouteType : byte
{
    Unspecified = 0,
    Unicast = 1,
    Local = 2,
    Broadcast = 3,
    Anycast = 4,
    Multicast = 5,
    Blackhole = 6,
    Unreachable = 7,
    Prohibit = 8,
}

/// <summary>A route, or the answer to a route lookup (then the prefix is the address looked up).</summary>
public sealed record Route
{
    internal const int HeaderSize = 12;

    /// <summary>rtm_protocol of this project's routes and rules, by which they are known again; no routing daemon uses it.</summary>
    public const byte OwnProtocol = 194;

    /// <summary>RT_TABLE_MAIN.</summary>
    public const uint MainTable = 254;

    /// <summary>The destination; the family's default route has length 0.</summary>
    public required IpPrefix Destination { get; init; }

    /// <summary>What becomes of a packet.</summary>
    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>The interface it leaves by, of a multipath route the first; 0 if none.</summary>
    public int OutInterface { get; init; }

    /// <summary>The next router, of a multipath route the first; unset when on-link. May be IPv6 on an IPv4 route (RTA_VIA).</summary>
    public IpAddress Gateway { get; init; }

    /// <summary>RTA_PREFSRC: the source the node's own packets take; unset if the kernel chooses.</summary>
    public IpAddress PreferredSource { get; init; }

    /// <summary>The routing table.</summary>
    public uint Table { get; init; } = MainTable;

    /// <summary>rtm_protocol: who made it; 2 is the kernel, 4 an administrator.</summary>
    public byte Protocol { get; init; }

    /// <summary>rtm_scope: 0 universe, 253 link, 254 host.</summary>
    public byte Scope { get; init; }

    /// <summary>Preference among equal prefixes, lower first.</summary>
    public uint Metric { get; init; }

    /// <summary>
    /// False for a route of which these properties do not tell all that decides about a packet: several next hops or a shared one, a type of service, a
    /// source, a next hop that is dead for now, or a type that sends on to the next table.
    /// </summary>
    public bool IsPlain { get; init; } = true;

    internal static Route? Read(scoped NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Payload;
        if (message.Type is not (MessageType.NewRoute or MessageType.DeleteRoute) || header.Length < HeaderSize
            || header[0] is not (AddressFamilies.IPv4 or AddressFamilies.IPv6))
        {
            return null;
        }

        IpFamily family = header[0] == AddressFamilies.IPv4 ? IpFamily.IPv4 : IpFamily.IPv6;
        IpAddress destination = IpAddress.Of(family, 0), gateway = default, source = default;
        int outInterface = 0;
        uint table = header[4], metric = 0;
        bool isPlain = header[2] == 0 && header[3] == 0 && (BitConverter.ToUInt32(header[8..]) & RouteAttribute.Dead) == 0
            && (RouteType)header[7] is RouteType.Unicast or RouteType.Local or RouteType.Broadcast or RouteType.Anycast
                or RouteType.Blackhole or RouteType.Unreachable or RouteType.Prohibit;
        foreach (NetlinkAttribute attribute in message.Attributes(HeaderSize))
        {
            switch (attribute.Type)
            {
                case RouteAttribute.Destination:
                    destination = IpAddress.FromBytes(attribute.Value);
                    break;
                case RouteAttribute.OutInterface:
                    outInterface = attribute.AsInt32();
                    break;
                case RouteAttribute.Gateway or RouteAttribute.Via:
                    gateway = ReadGateway(attribute);
                    break;
                case RouteAttribute.PreferredSource:
                    source = IpAddress.FromBytes(attribute.Value);
                    break;
                case RouteAttribute.Table:
                    table = attribute.AsUInt32();
                    break;
                case RouteAttribute.Priority:
                    metric = attribute.AsUInt32();
                    break;
                case RouteAttribute.Multipath:
                    (outInterface, gateway) = ReadFirstHop(attribute.Value);
                    isPlain = false;
                    break;
                case RouteAttribute.NextHopId:
                    isPlain = false;
                    break;
            }
        }

        return new Route
        {
            Destination = IpPrefix.Around(destination, header[1]),
            Type = (RouteType)header[7],
            OutInterface = outInterface,
            Gateway = gateway,
            PreferredSource = source,
            Table = table,
            Protocol = header[5],
            Scope = header[6],
            Metric = metric,
            IsPlain = isPlain,
        };
    }

    /// <summary>RTA_GATEWAY is the bare address, RTA_VIA has its family (16 bits) in front.</summary>
    private static IpAddress ReadGateway(NetlinkAttribute attribute) =>
        IpAddress.FromBytes(attribute.Type == RouteAttribute.Via ? attribute.Value[2..] : attribute.Value);

    private static (int OutInterface, IpAddress Gateway) ReadFirstHop(ReadOnlySpan<byte> hops)
    {
        const int hopHeaderSize = 8;
        if (hops.Length < hopHeaderSize)
        {
            return default;
        }

        int length = Math.Clamp(BitConverter.ToUInt16(hops), (ushort)hopHeaderSize, (ushort)hops.Length);
        IpAddress gateway = default;
        foreach (NetlinkAttribute attribute in new NetlinkAttributes(hops[hopHeaderSize..length]))
        {
            if (attribute.Type is RouteAttribute.Gateway or RouteAttribute.Via)
            {
                gateway = ReadGateway(attribute);
            }
        }

        return (BitConverter.ToInt32(hops[4..]), gateway);
    }
}
