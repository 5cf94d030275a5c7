using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

/// <summary>NUD_*, linux/neighbour.h.</summary>
[Flags]
public enum NeighbourStates : ushort
{
    None = 0,
    Incomplete = 0x01,
    Reachable = 0x02,
    Stale = 0x04,
    Delay = 0x08,
    Probe = 0x10,
    Failed = 0x20,
    NoArp = 0x40,
    Permanent = 0x80,

    /// <summary>NUD_VALID: the link-layer address may be used.</summary>
    Valid = Permanent | NoArp | Reachable | Probe | Stale | Delay,
}

/// <summary>An entry of the neighbour table (ARP, RFC 4861) or of a bridge's forwarding table.</summary>
/// <param name="LinkIndex">The interface; of a bridge entry, the port.</param>
/// <param name="Address">The neighbour's address; unset in a bridge entry.</param>
/// <param name="Mac">Its Ethernet address; unset while unresolved.</param>
/// <param name="State">How far to trust <paramref name="Mac"/>.</param>
public sealed record Neighbour(int LinkIndex, IpAddress Address, MacAddress Mac, NeighbourStates State)
{
    internal const int HeaderSize = 12;

    /// <summary>True when <see cref="Mac"/> may be used.</summary>
    public bool IsValid => (State & NeighbourStates.Valid) != 0;

    internal static Neighbour? Read(scoped NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Payload;
        if (message.Type is not (MessageType.NewNeighbour or MessageType.DeleteNeighbour) || header.Length < HeaderSize
            || header[0] is not (AddressFamilies.IPv4 or AddressFamilies.IPv6 or AddressFamilies.Bridge))
        {
            return null;
        }

        IpAddress address = default;
        MacAddress mac = default;
        foreach (NetlinkAttribute attribute in message.Attributes(HeaderSize))
        {
            switch (attribute.Type)
            {
                case NeighbourAttribute.Destination when attribute.Value.Length is 4 or 16:
                    address = IpAddress.FromBytes(attribute.Value);
                    break;
                case NeighbourAttribute.LinkLayerAddress when attribute.Value.Length == MacAddress.Size:
                    mac = MacAddress.FromBytes(attribute.Value);
                    break;
            }
        }

        return new Neighbour(BitConverter.ToInt32(header[4..]), address, mac, (NeighbourStates)BitConverter.ToUInt16(header[8..]));
    }
}
