namespace Orleans.Cn2.Netlink;

/// <summary>What a packet of an interface starts with, which decides how a program parses it.</summary>
public enum LinkLayer
{
    /// <summary>A device type whose framing this project does not know; nothing is attached to it.</summary>
    Unknown,

    /// <summary>An Ethernet header (ARPHRD_ETHER, ARPHRD_LOOPBACK).</summary>
    Ethernet,

    /// <summary>The IP header at once: tun, WireGuard, IP tunnels, PPP.</summary>
    RawIp,
}

/// <summary>ifi_flags, linux/if.h: those this project reads or sets.</summary>
[Flags]
public enum LinkFlags
{
    None = 0,

    /// <summary>IFF_UP: administratively up.</summary>
    Up = 0x1,

    /// <summary>IFF_LOOPBACK.</summary>
    Loopback = 0x8,

    /// <summary>IFF_POINTOPOINT.</summary>
    PointToPoint = 0x10,

    /// <summary>IFF_RUNNING: operationally up.</summary>
    Running = 0x40,

    /// <summary>IFF_NOARP: no neighbour discovery of either family.</summary>
    NoArp = 0x80,

    /// <summary>IFF_LOWER_UP: the carrier is there.</summary>
    LowerUp = 0x10000,
}

/// <summary>IFLA_OPERSTATE, RFC 2863.</summary>
public enum OperationalState : byte
{
    Unknown,
    NotPresent,
    Down,
    LowerLayerDown,
    Testing,
    Dormant,
    Up,
}

/// <summary>One network interface, as RTM_NEWLINK tells it.</summary>
public sealed record Link
{
    internal const int HeaderSize = 16;

    /// <summary>The interface index, unique within its network namespace.</summary>
    public required int Index { get; init; }

    /// <summary>The name, at most 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>IFLA_INFO_KIND, e.g. <c>veth</c>, <c>bridge</c>, <c>wireguard</c>; empty for hardware.</summary>
    public string Kind { get; init; } = "";

    /// <summary>ARPHRD_*, linux/if_arp.h.</summary>
    public ushort HardwareType { get; init; }

    /// <summary>Largest L3 packet in bytes.</summary>
    public uint Mtu { get; init; }

    /// <summary>The Ethernet address; unset where the device has none of six bytes.</summary>
    public MacAddress Mac { get; init; }

    /// <summary>Flags as the kernel reports them, unknown bits included.</summary>
    public LinkFlags Flags { get; init; }

    /// <summary>Operational state.</summary>
    public OperationalState State { get; init; }

    /// <summary>IFLA_LINK: the other end of a veth or the device below; 0 if none. In another namespace if <see cref="LinkNamespaceId"/> is set.</summary>
    public int PeerIndex { get; init; }

    /// <summary>IFLA_LINK_NETNSID: the id this namespace gives to the one <see cref="PeerIndex"/> lives in; null = this one.</summary>
    public int? LinkNamespaceId { get; init; }

    /// <summary>The bridge, bond or VRF this interface belongs to; 0 if none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>True when administratively up.</summary>
    public bool IsUp => Flags.HasFlag(LinkFlags.Up);

    /// <summary>The framing of its packets.</summary>
    public LinkLayer Layer => LayerOf(HardwareType);

    /// <summary>The framing that an ARPHRD_* type implies.</summary>
    public static LinkLayer LayerOf(ushort hardwareType) => hardwareType switch
    {
        1 or 772 => LinkLayer.Ethernet, // ETHER, LOOPBACK
        512 or 519 or 768 or 769 or 776 or 778 or 823 or 0xfffe => LinkLayer.RawIp, // PPP, RAWIP, TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE, NONE
        _ => LinkLayer.Unknown,
    };

    /// <summary>
    /// Reads RTM_NEWLINK or RTM_DELLINK. Null for messages of AF_BRIDGE and AF_INET6: they tell of a port or of
    /// addrconf, and their RTM_DELLINK does not mean that the interface went.
    /// </summary>
    internal static Link? Read(scoped NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Payload;
        if (message.Type is not (MessageType.NewLink or MessageType.DeleteLink) || header.Length < HeaderSize
            || header[0] != AddressFamilies.Unspecified)
        {
            return null;
        }

        string name = "", kind = "";
        uint mtu = 0;
        MacAddress mac = default;
        OperationalState state = default;
        int peer = 0, master = 0;
        int? linkNamespace = null;
        foreach (NetlinkAttribute attribute in message.Attributes(HeaderSize))
        {
            switch (attribute.Type)
            {
                case LinkAttribute.Name:
                    name = attribute.AsString();
                    break;
                case LinkAttribute.Mtu:
                    mtu = attribute.AsUInt32();
                    break;
                case LinkAttribute.Address when attribute.Value.Length == MacAddress.Size:
                    mac = MacAddress.FromBytes(attribute.Value);
                    break;
                case LinkAttribute.OperationalState:
                    state = (OperationalState)attribute.Value[0];
                    break;
                case LinkAttribute.Link:
                    peer = attribute.AsInt32();
                    break;
                case LinkAttribute.Master:
                    master = attribute.AsInt32();
                    break;
                case LinkAttribute.LinkNamespaceId:
                    linkNamespace = attribute.AsInt32();
                    break;
                case LinkAttribute.Info:
                    kind = ReadKind(attribute.AsNested());
                    break;
            }
        }

        return new Link
        {
            Index = BitConverter.ToInt32(header[4..]),
            Name = name,
            Kind = kind,
            HardwareType = BitConverter.ToUInt16(header[2..]),
            Mtu = mtu,
            Mac = mac,
            Flags = (LinkFlags)BitConverter.ToInt32(header[8..]),
            State = state,
            PeerIndex = peer,
            LinkNamespaceId = linkNamespace,
            MasterIndex = master,
        };
    }

    private static string ReadKind(NetlinkAttributes attributes)
    {
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (attribute.Type == LinkAttribute.InfoKind)
            {
                return attribute.AsString();
            }
        }

        return "";
    }
}
