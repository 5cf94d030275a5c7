using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>All neighbour entries (ARP and ND) of all interfaces.</summary>
    /// <param name="family">Null for both.</param>
    public IReadOnlyList<Neighbour> GetNeighbours(IpFamily? family = null)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetNeighbour, NetlinkFlags.Dump);
        request.Header(Neighbour.HeaderSize)[0] = FamilyOf(family);
        return _socket.Query("RTM_GETNEIGH", request, Neighbour.Read);
    }

    /// <summary>The neighbour entry of an address; null if there is none.</summary>
    public Neighbour? GetNeighbour(int linkIndex, IpAddress address)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetNeighbour, NetlinkFlags.Ack);
        WriteNeighbour(ref request, linkIndex, address, NeighbourStates.None, flags: 0);
        return FirstOrNone($"RTM_GETNEIGH {address} dev {linkIndex}", request);
    }

    /// <summary>The port of a bridge behind which it learned an Ethernet address; null if it did not.</summary>
    public Neighbour? GetBridgePort(int bridgeIndex, MacAddress mac)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetNeighbour, NetlinkFlags.Ack);
        request.Header(Neighbour.HeaderSize)[0] = AddressFamilies.Bridge;
        request.Add(NeighbourAttribute.LinkLayerAddress, mac);
        request.Add(NeighbourAttribute.Master, bridgeIndex);
        return FirstOrNone($"RTM_GETNEIGH {mac} master {bridgeIndex}", request);
    }

    /// <summary>Sets a neighbour entry that never ages (NUD_PERMANENT), in the place of any other.</summary>
    public void ReplaceNeighbour(int linkIndex, IpAddress address, MacAddress mac)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewNeighbour, NetlinkFlags.Create | NetlinkFlags.Replace | NetlinkFlags.Ack);
        WriteNeighbour(ref request, linkIndex, address, NeighbourStates.Permanent, flags: 0);
        request.Add(NeighbourAttribute.LinkLayerAddress, mac);
        _socket.Execute($"RTM_NEWNEIGH {address} lladdr {mac} dev {linkIndex}", request);
    }

    /// <summary>Removes a neighbour entry.</summary>
    public void DeleteNeighbour(int linkIndex, IpAddress address)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.DeleteNeighbour, NetlinkFlags.Ack);
        WriteNeighbour(ref request, linkIndex, address, NeighbourStates.None, flags: 0);
        _socket.Execute($"RTM_DELNEIGH {address} dev {linkIndex}", request);
    }

    /// <summary>
    /// Makes the kernel resolve an address (NTF_USE), as a packet to it would. The outcome comes as a
    /// <see cref="NeighbourChanged"/>: valid, or failed after its probes (3 s by default).
    /// </summary>
    public void ProbeNeighbour(int linkIndex, IpAddress address)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewNeighbour, NetlinkFlags.Create | NetlinkFlags.Replace | NetlinkFlags.Ack);
        WriteNeighbour(ref request, linkIndex, address, NeighbourStates.None, NeighbourAttribute.UseFlag);
        _socket.Execute($"RTM_NEWNEIGH {address} dev {linkIndex} use", request);
    }

    private Neighbour? FirstOrNone(string operation, NetlinkRequest request)
    {
        try
        {
            return _socket.Query(operation, request, Neighbour.Read).FirstOrDefault();
        }
        catch (NetlinkException refusal) when (refusal.Errno is LibC.NoEntry or LibC.NoDevice)
        {
            return null;
        }
    }

    private static void WriteNeighbour(
        ref NetlinkRequest request, int linkIndex, IpAddress address, NeighbourStates state, byte flags)
    {
        Span<byte> header = request.Header(Neighbour.HeaderSize);
        header[0] = FamilyOf(address.Family);
        BitConverter.TryWriteBytes(header[4..], linkIndex);
        BitConverter.TryWriteBytes(header[8..], (ushort)state);
        header[10] = flags;
        request.Add(NeighbourAttribute.Destination, address);
    }
}
