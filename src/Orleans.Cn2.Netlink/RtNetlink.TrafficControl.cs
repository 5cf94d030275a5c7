namespace Orleans.Cn2.Netlink;

/// <summary>A cls_bpf filter.</summary>
/// <param name="Preference">Its place among the filters of an anchor, lower first.</param>
/// <param name="Handle">Its number within the preference.</param>
/// <param name="Name">The name it was given.</param>
/// <param name="ProgramId">The kernel's id of its program.</param>
internal sealed record BpfFilter(ushort Preference, uint Handle, string Name, uint ProgramId)
{
    internal const ushort OwnPreference = 1;
    internal const uint OwnHandle = 0xc2;

    /// <summary>True for the one that this project attaches.</summary>
    internal bool IsOwn => (Preference, Handle) == (OwnPreference, OwnHandle);
}

public sealed partial class RtNetlink
{
    private const int TrafficHeaderSize = 20;
    private const uint ClsactHandle = 0xffff0000;
    private const uint ClsactParent = 0xfffffff1;
    private const uint IngressAnchor = 0xfffffff2;
    private const uint EgressAnchor = 0xfffffff3;
    private const uint AllProtocols = 0x0300; // ETH_P_ALL in network order
    private const string BpfKind = "bpf";
    private const uint DirectAction = 1;

    /// <summary>Adds the clsact discipline where it is not there.</summary>
    internal void AddClsact(int link)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewQdisc, NetlinkFlags.Ack | NetlinkFlags.Create | NetlinkFlags.Exclusive);
        WriteTrafficHeader(request.Header(TrafficHeaderSize), link, ClsactHandle, ClsactParent, 0);
        request.Add(TrafficAttribute.Kind, "clsact");
        try
        {
            _socket.Execute($"RTM_NEWQDISC clsact {link}", request);
        }
        catch (NetlinkException there) when (there.Errno == LibC.Exists)
        {
            // It is there, or the older ingress discipline is in its place, which the filter of the egress side is then refused by.
        }
    }

    /// <summary>Sets this project's filter of a direction; one that is there gets the new program in one step.</summary>
    internal void SetBpfFilter(int link, bool egress, int program, string name)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewFilter, NetlinkFlags.Ack | NetlinkFlags.Create);
        WriteTrafficHeader(request.Header(TrafficHeaderSize), link, BpfFilter.OwnHandle, AnchorOf(egress), InfoOf(BpfFilter.OwnPreference));
        request.Add(TrafficAttribute.Kind, BpfKind);
        int options = request.BeginNested(TrafficAttribute.Options);
        request.Add(TrafficAttribute.BpfDescriptor, program);
        request.Add(TrafficAttribute.BpfName, name);
        request.Add(TrafficAttribute.BpfFlags, DirectAction);
        request.EndNested(options);
        _socket.Execute($"RTM_NEWTFILTER bpf {link}", request);
    }

    /// <summary>Removes this project's filter of a direction.</summary>
    internal void DeleteBpfFilter(int link, bool egress)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.DeleteFilter, NetlinkFlags.Ack);
        WriteTrafficHeader(request.Header(TrafficHeaderSize), link, BpfFilter.OwnHandle, AnchorOf(egress), InfoOf(BpfFilter.OwnPreference));
        request.Add(TrafficAttribute.Kind, BpfKind);
        _socket.Execute($"RTM_DELTFILTER bpf {link}", request);
    }

    /// <summary>The cls_bpf filters of a direction; none where the interface or its discipline is not there.</summary>
    internal IReadOnlyList<BpfFilter> GetBpfFilters(int link, bool egress)
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetFilter, NetlinkFlags.Dump);
        WriteTrafficHeader(request.Header(TrafficHeaderSize), link, 0, AnchorOf(egress), 0);
        try
        {
            return _socket.Query($"RTM_GETTFILTER {link}", request, ReadBpfFilter);
        }
        catch (NetlinkException gone) when (gone.Errno is LibC.NoDevice or LibC.InvalidArgument)
        {
            return [];
        }
    }

    private static uint AnchorOf(bool egress) => egress ? EgressAnchor : IngressAnchor;

    private static uint InfoOf(ushort preference) => ((uint)preference << 16) | AllProtocols;

    private static void WriteTrafficHeader(Span<byte> header, int link, uint handle, uint parent, uint info)
    {
        BitConverter.TryWriteBytes(header[4..], link);
        BitConverter.TryWriteBytes(header[8..], handle);
        BitConverter.TryWriteBytes(header[12..], parent);
        BitConverter.TryWriteBytes(header[16..], info);
    }

    private static BpfFilter? ReadBpfFilter(scoped NetlinkMessage message)
    {
        if (message.Type != MessageType.NewFilter || message.Payload.Length < TrafficHeaderSize)
        {
            return null;
        }

        uint handle = BitConverter.ToUInt32(message.Payload[8..]);
        ushort preference = (ushort)(BitConverter.ToUInt32(message.Payload[16..]) >> 16);
        string kind = "", name = "";
        uint program = 0;
        foreach (NetlinkAttribute attribute in message.Attributes(TrafficHeaderSize))
        {
            if (attribute.Type == TrafficAttribute.Kind)
            {
                kind = attribute.AsString();
            }
            else if (attribute.Type == TrafficAttribute.Options)
            {
                foreach (NetlinkAttribute option in attribute.AsNested())
                {
                    name = option.Type == TrafficAttribute.BpfName ? option.AsString() : name;
                    program = option.Type == TrafficAttribute.BpfId ? option.AsUInt32() : program;
                }
            }
        }

        // The walk of a preference begins with a row of handle 0 that is no filter.
        return kind == BpfKind && handle != 0 ? new BpfFilter(preference, handle, name, program) : null;
    }
}
