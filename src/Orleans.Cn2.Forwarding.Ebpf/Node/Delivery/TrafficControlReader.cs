using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>A queueing discipline, as RTM_GETQDISC tells it.</summary>
internal sealed record Qdisc(int LinkIndex, uint Parent, string Kind)
{
    internal const uint RootParent = 0xffffffff;

    /// <summary>True when it is the one that queues what leaves.</summary>
    internal bool IsRoot => Parent == RootParent;

    /// <summary>True for the anchors of ingress and egress filters.</summary>
    internal bool IsAnchor => Kind is "clsact" or "ingress";
}

/// <summary>Reads queueing disciplines and filters (linux/pkt_sched.h).</summary>
internal static class TrafficControlReader
{
    private const int HeaderSize = 20;
    private const ushort KindAttribute = 1;
    private const uint IngressParent = 0xfffffff2;
    private const uint EgressParent = 0xfffffff3;

    /// <summary>The disciplines of all interfaces; those without a queue are not told.</summary>
    internal static IReadOnlyList<Qdisc> ReadQdiscs(RtNetlink kernel)
    {
        Span<byte> buffer = stackalloc byte[64];
        NetlinkRequest request = new(buffer, MessageType.GetQdisc, NetlinkFlags.Dump);
        request.Header(HeaderSize);
        return kernel.Socket.Query("RTM_GETQDISC", request, ReadQdisc);
    }

    /// <summary>Interfaces with a clsact discipline.</summary>
    internal static IReadOnlyList<int> ClsactLinks(RtNetlink kernel) =>
        [.. ReadQdiscs(kernel).Where(qdisc => qdisc.Kind == "clsact").Select(qdisc => qdisc.LinkIndex)];

    /// <summary>The kinds of filters at an anchor, by direction.</summary>
    internal static IEnumerable<(string Direction, string Kind)> ReadFilters(RtNetlink kernel, Qdisc anchor)
    {
        foreach (string kind in ReadKinds(kernel, anchor.LinkIndex, IngressParent))
        {
            yield return ("ingress", kind);
        }

        // The ingress discipline has one place only and would answer with it for both.
        if (anchor.Kind == "clsact")
        {
            foreach (string kind in ReadKinds(kernel, anchor.LinkIndex, EgressParent))
            {
                yield return ("egress", kind);
            }
        }
    }

    private static IEnumerable<string> ReadKinds(RtNetlink kernel, int linkIndex, uint parent)
    {
        Span<byte> buffer = stackalloc byte[64];
        NetlinkRequest request = new(buffer, MessageType.GetFilter, NetlinkFlags.Dump);
        Span<byte> header = request.Header(HeaderSize);
        BitConverter.TryWriteBytes(header[4..], linkIndex);
        BitConverter.TryWriteBytes(header[12..], parent);
        return kernel.Socket.Query($"RTM_GETTFILTER {linkIndex}", request, ReadFilterKind).Distinct();
    }

    private static string? ReadFilterKind(scoped NetlinkMessage message) =>
        message.Type == MessageType.NewFilter ? ReadKind(message) : null;

    private static Qdisc? ReadQdisc(scoped NetlinkMessage message) =>
        message.Payload.Length >= HeaderSize
            ? new Qdisc(BitConverter.ToInt32(message.Payload[4..]), BitConverter.ToUInt32(message.Payload[12..]), ReadKind(message))
            : null;

    private static string ReadKind(scoped NetlinkMessage message)
    {
        foreach (NetlinkAttribute attribute in message.Attributes(HeaderSize))
        {
            if (attribute.Type == KindAttribute)
            {
                return attribute.AsString();
            }
        }

        return "";
    }
}
