namespace Orleans.Cn2.Netlink;

/// <summary>What to give one end of a new veth pair.</summary>
/// <param name="Name">The interface name.</param>
/// <param name="Mac">Its address; unset = the kernel draws one.</param>
/// <param name="NamespaceDescriptor">An open descriptor of the network namespace it is born in; null = the socket's own.</param>
public sealed record VethEnd(string Name, MacAddress Mac = default, int? NamespaceDescriptor = null);

public sealed partial class RtNetlink
{
    /// <summary>All interfaces.</summary>
    public IReadOnlyList<Link> GetLinks()
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetLink, NetlinkFlags.Dump);
        request.Header(Link.HeaderSize);
        request.Add(LinkAttribute.ExtensionMask, LinkAttribute.SkipStatistics);
        return _socket.Query("RTM_GETLINK", request, Link.Read);
    }

    /// <summary>The interface of that index; null if there is none.</summary>
    public Link? GetLink(int index) => GetLink($"RTM_GETLINK {index}", index, null);

    /// <summary>The interface of that name; null if there is none.</summary>
    public Link? GetLink(string name) => GetLink($"RTM_GETLINK {name}", 0, name);

    /// <summary>Creates a veth pair.</summary>
    /// <param name="end">One end, in the socket's namespace unless it says otherwise.</param>
    /// <param name="peer">The other.</param>
    /// <param name="mtu">Largest L3 packet of both in bytes; 0 = the kernel's default.</param>
    /// <param name="noArp">Both without neighbour discovery (IFF_NOARP).</param>
    public void AddVethPair(VethEnd end, VethEnd peer, uint mtu = 0, bool noArp = false)
    {
        ArgumentNullException.ThrowIfNull(end);
        ArgumentNullException.ThrowIfNull(peer);
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewLink, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Ack);
        WriteEnd(ref request, end, mtu, noArp);
        int info = request.BeginNested(LinkAttribute.Info);
        request.Add(LinkAttribute.InfoKind, "veth");
        int infoData = request.BeginNested(LinkAttribute.InfoData);
        int veth = request.BeginNested(LinkAttribute.VethPeer);
        WriteEnd(ref request, peer, mtu, noArp);
        request.EndNested(veth);
        request.EndNested(infoData);
        request.EndNested(info);
        _socket.Execute($"RTM_NEWLINK {end.Name}/{peer.Name}", request);
    }

    /// <summary>Removes an interface; of a veth pair both ends go.</summary>
    public void DeleteLink(int index)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.DeleteLink, NetlinkFlags.Ack);
        BitConverter.TryWriteBytes(request.Header(Link.HeaderSize)[4..], index);
        _socket.Execute($"RTM_DELLINK {index}", request);
    }

    /// <summary>Sets and clears interface flags, e.g. <see cref="LinkFlags.Up"/>.</summary>
    public void SetFlags(int index, LinkFlags set, LinkFlags clear = LinkFlags.None)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewLink, NetlinkFlags.Ack);
        Span<byte> header = request.Header(Link.HeaderSize);
        BitConverter.TryWriteBytes(header[4..], index);
        BitConverter.TryWriteBytes(header[8..], (int)set);
        BitConverter.TryWriteBytes(header[12..], (int)(set | clear));
        _socket.Execute($"RTM_NEWLINK {index} flags +[{set}] -[{clear}]", request);
    }

    /// <summary>Sets the Ethernet address.</summary>
    public void SetMac(int index, MacAddress mac)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = Change(buffer, index);
        request.Add(LinkAttribute.Address, mac);
        _socket.Execute($"RTM_NEWLINK {index} address {mac}", request);
    }

    /// <summary>Sets the largest L3 packet, in bytes.</summary>
    public void SetMtu(int index, uint mtu)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = Change(buffer, index);
        request.Add(LinkAttribute.Mtu, mtu);
        _socket.Execute($"RTM_NEWLINK {index} mtu {mtu}", request);
    }

    /// <summary>Sets how many packets may wait to be taken from an interface.</summary>
    public void SetTransmitQueue(int index, uint packets)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = Change(buffer, index);
        request.Add(LinkAttribute.TransmitQueue, packets);
        _socket.Execute($"RTM_NEWLINK {index} txqueuelen {packets}", request);
    }

    private Link? GetLink(string operation, int index, string? name)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetLink, NetlinkFlags.Ack);
        BitConverter.TryWriteBytes(request.Header(Link.HeaderSize)[4..], index);
        request.Add(LinkAttribute.ExtensionMask, LinkAttribute.SkipStatistics);
        if (name is not null)
        {
            request.Add(LinkAttribute.Name, name);
        }

        try
        {
            return _socket.Query(operation, request, Link.Read).FirstOrDefault();
        }
        catch (NetlinkException refusal) when (refusal.Errno == LibC.NoDevice)
        {
            return null;
        }
    }

    private static NetlinkRequest Change(Span<byte> buffer, int index)
    {
        NetlinkRequest request = new(buffer, MessageType.NewLink, NetlinkFlags.Ack);
        BitConverter.TryWriteBytes(request.Header(Link.HeaderSize)[4..], index);
        return request;
    }

    private static void WriteEnd(ref NetlinkRequest request, VethEnd end, uint mtu, bool noArp)
    {
        Span<byte> header = request.Header(Link.HeaderSize);
        if (noArp)
        {
            BitConverter.TryWriteBytes(header[8..], (int)LinkFlags.NoArp);
            BitConverter.TryWriteBytes(header[12..], (int)LinkFlags.NoArp);
        }

        request.Add(LinkAttribute.Name, end.Name);
        if (end.Mac.IsSet)
        {
            request.Add(LinkAttribute.Address, end.Mac);
        }

        if (mtu != 0)
        {
            request.Add(LinkAttribute.Mtu, mtu);
        }

        if (end.NamespaceDescriptor is { } descriptor)
        {
            request.Add(LinkAttribute.NamespaceDescriptor, descriptor);
        }
    }
}
