using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>All addresses of all interfaces.</summary>
    /// <param name="family">Null for both.</param>
    public IReadOnlyList<InterfaceAddress> GetAddresses(IpFamily? family = null)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetAddress, NetlinkFlags.Dump);
        request.Header(InterfaceAddress.HeaderSize)[0] = FamilyOf(family);
        return _socket.Query("RTM_GETADDR", request, InterfaceAddress.Read);
    }

    /// <summary>Adds an address, IPv6 without duplicate address detection; one that is there already is kept.</summary>
    /// <param name="linkIndex">The interface.</param>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">Length of the on-link prefix in bits.</param>
    /// <param name="scope">RT_SCOPE_*: 0 global, 253 link, 254 host.</param>
    public void AddAddress(int linkIndex, IpAddress address, int prefixLength, byte scope = 0)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewAddress, NetlinkFlags.Create | NetlinkFlags.Replace | NetlinkFlags.Ack);
        WriteAddress(ref request, linkIndex, address, prefixLength, scope);
        if (address.Family == IpFamily.IPv6)
        {
            request.Add(AddressAttribute.Flags, AddressAttribute.NoDuplicateDetection);
        }

        _socket.Execute($"RTM_NEWADDR {address}/{prefixLength} dev {linkIndex}", request);
    }

    /// <summary>Removes an address.</summary>
    public void DeleteAddress(int linkIndex, IpAddress address, int prefixLength)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.DeleteAddress, NetlinkFlags.Ack);
        WriteAddress(ref request, linkIndex, address, prefixLength);
        _socket.Execute($"RTM_DELADDR {address}/{prefixLength} dev {linkIndex}", request);
    }

    private static void WriteAddress(ref NetlinkRequest request, int linkIndex, IpAddress address, int prefixLength, byte scope = 0)
    {
        Span<byte> header = request.Header(InterfaceAddress.HeaderSize);
        header[0] = FamilyOf(address.Family);
        header[1] = (byte)prefixLength;
        header[3] = scope;
        BitConverter.TryWriteBytes(header[4..], linkIndex);
        request.Add(AddressAttribute.Local, address);
        request.Add(AddressAttribute.Address, address);
    }
}
