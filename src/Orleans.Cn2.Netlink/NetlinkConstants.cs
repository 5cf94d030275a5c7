namespace Orleans.Cn2.Netlink;

/// <summary>Protocol numbers of AF_NETLINK sockets, linux/netlink.h.</summary>
internal enum NetlinkProtocol
{
    Route = 0,
    Netfilter = 12,
}

/// <summary>nlmsg_flags, linux/netlink.h.</summary>
[Flags]
internal enum NetlinkFlags : ushort
{
    None = 0,
    Request = 0x01,
    Multi = 0x02,
    Ack = 0x04,
    DumpInterrupted = 0x10,
    Dump = 0x300,
    Replace = 0x100,
    Exclusive = 0x200,
    Create = 0x400,
}

/// <summary>nlmsg_flags of NLMSG_ERROR and NLMSG_DONE, which reuse the bits of requests.</summary>
internal static class AckFlags
{
    /// <summary>NLM_F_CAPPED: of the refused request only the header is echoed.</summary>
    internal const NetlinkFlags Capped = (NetlinkFlags)0x100;

    /// <summary>NLM_F_ACK_TLVS: attributes explain the outcome.</summary>
    internal const NetlinkFlags Attributes = (NetlinkFlags)0x200;
}

/// <summary>nlmsg_type: the control messages and those of rtnetlink, linux/rtnetlink.h.</summary>
internal static class MessageType
{
    internal const ushort Error = 2;
    internal const ushort Done = 3;
    internal const ushort Overrun = 4;
    internal const ushort NewLink = 16;
    internal const ushort DeleteLink = 17;
    internal const ushort GetLink = 18;
    internal const ushort NewAddress = 20;
    internal const ushort DeleteAddress = 21;
    internal const ushort GetAddress = 22;
    internal const ushort NewRoute = 24;
    internal const ushort DeleteRoute = 25;
    internal const ushort GetRoute = 26;
    internal const ushort NewNeighbour = 28;
    internal const ushort DeleteNeighbour = 29;
    internal const ushort GetNeighbour = 30;
    internal const ushort NewRule = 32;
    internal const ushort DeleteRule = 33;
    internal const ushort GetRule = 34;
    internal const ushort NewQdisc = 36;
    internal const ushort GetQdisc = 38;
    internal const ushort NewFilter = 44;
    internal const ushort DeleteFilter = 45;
    internal const ushort GetFilter = 46;
}

/// <summary>Address families as rtnetlink headers carry them.</summary>
internal static class AddressFamilies
{
    internal const byte Unspecified = 0;
    internal const byte IPv4 = 2;
    internal const byte Bridge = 7;
    internal const byte IPv6 = 10;
}

/// <summary>TCA_* and TCA_BPF_* attributes, linux/rtnetlink.h and linux/pkt_cls.h.</summary>
internal static class TrafficAttribute
{
    internal const ushort Kind = 1;
    internal const ushort Options = 2;
    internal const ushort BpfDescriptor = 6;
    internal const ushort BpfName = 7;
    internal const ushort BpfFlags = 8;
    internal const ushort BpfId = 11;
}

/// <summary>IFLA_* attributes, linux/if_link.h.</summary>
internal static class LinkAttribute
{
    internal const ushort Address = 1;
    internal const ushort Name = 3;
    internal const ushort Mtu = 4;
    internal const ushort TransmitQueue = 13;
    internal const ushort Link = 5;
    internal const ushort Master = 10;
    internal const ushort OperationalState = 16;
    internal const ushort Info = 18;
    internal const ushort NamespaceDescriptor = 28;
    internal const ushort ExtensionMask = 29;
    internal const ushort LinkNamespaceId = 37;
    internal const ushort InfoKind = 1;
    internal const ushort InfoData = 2;
    internal const ushort VethPeer = 1;

    /// <summary>RTEXT_FILTER_SKIP_STATS: leave the counters out of the answer.</summary>
    internal const uint SkipStatistics = 8;
}

/// <summary>IFA_* attributes, linux/if_addr.h.</summary>
internal static class AddressAttribute
{
    internal const ushort Address = 1;
    internal const ushort Local = 2;
    internal const ushort Flags = 8;

    /// <summary>IFA_F_NODAD: usable at once, no duplicate address detection.</summary>
    internal const uint NoDuplicateDetection = 0x02;
}

/// <summary>RTA_* attributes, linux/rtnetlink.h.</summary>
internal static class RouteAttribute
{
    internal const ushort Destination = 1;
    internal const ushort Source = 2;
    internal const ushort InInterface = 3;
    internal const ushort OutInterface = 4;
    internal const ushort Gateway = 5;
    internal const ushort Priority = 6;
    internal const ushort PreferredSource = 7;
    internal const ushort Multipath = 9;
    internal const ushort Table = 15;
    internal const ushort Via = 18;
    internal const ushort NextHopId = 30;

    /// <summary>rtm_flags of a next hop that carries nothing: RTNH_F_DEAD and RTNH_F_LINKDOWN.</summary>
    internal const uint Dead = 0x11;

    /// <summary>RTM_F_LOOKUP_TABLE: answer with the table that matched.</summary>
    internal const uint LookupTable = 0x1000;
}

/// <summary>FRA_* attributes, linux/fib_rules.h.</summary>
internal static class RuleAttribute
{
    internal const ushort Destination = 1;
    internal const ushort InInterface = 3;
    internal const ushort Priority = 6;
    internal const ushort Mark = 10;
    internal const ushort SuppressGroup = 13;
    internal const ushort SuppressLength = 14;
    internal const ushort Mask = 16;
    internal const ushort Padding = 18;
    internal const ushort TunnelId = 12;
    internal const ushort Table = 15;
    internal const ushort OutInterface = 17;
    internal const ushort MasterDevice = 19;
    internal const ushort Users = 20;
    internal const ushort Protocol = 21;
    internal const ushort IpProtocol = 22;
    internal const ushort SourcePorts = 23;
    internal const ushort DestinationPorts = 24;
}

/// <summary>NDA_* attributes and ndm_flags, linux/neighbour.h.</summary>
internal static class NeighbourAttribute
{
    internal const ushort Destination = 1;
    internal const ushort LinkLayerAddress = 2;
    internal const ushort Master = 9;

    /// <summary>NTF_USE: behave as if a packet were sent there, which starts resolution.</summary>
    internal const byte UseFlag = 0x01;
}
