using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

/// <summary>An address of an interface, as RTM_NEWADDR tells it.</summary>
/// <param name="LinkIndex">The interface.</param>
/// <param name="Address">The interface's own address (IFA_LOCAL where the link is point-to-point).</param>
/// <param name="PrefixLength">Length of the on-link prefix in bits.</param>
/// <param name="Scope">RT_SCOPE_*: 0 global, 253 link, 254 host.</param>
/// <param name="Flags">IFA_F_*, linux/if_addr.h.</param>
public sealed record InterfaceAddress(int LinkIndex, IpAddress Address, int PrefixLength, byte Scope, uint Flags)
{
    internal const int HeaderSize = 8;

    /// <summary>True when reachable beyond its link.</summary>
    public bool IsGlobal => Scope == 0;

    internal static InterfaceAddress? Read(scoped NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Payload;
        if (message.Type is not (MessageType.NewAddress or MessageType.DeleteAddress) || header.Length < HeaderSize
            || header[0] is not (AddressFamilies.IPv4 or AddressFamilies.IPv6))
        {
            return null;
        }

        IpAddress address = default, local = default;
        uint flags = header[2];
        foreach (NetlinkAttribute attribute in message.Attributes(HeaderSize))
        {
            switch (attribute.Type)
            {
                case AddressAttribute.Address:
                    address = IpAddress.FromBytes(attribute.Value);
                    break;
                case AddressAttribute.Local:
                    local = IpAddress.FromBytes(attribute.Value);
                    break;
                case AddressAttribute.Flags:
                    flags = attribute.AsUInt32();
                    break;
            }
        }

        return new InterfaceAddress(BitConverter.ToInt32(header[4..]), local.IsSet ? local : address, header[1], header[3], flags);
    }
}
