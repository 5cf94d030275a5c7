using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4.4: what the fast parse doesn't take, at an ingress hook.</summary>
internal static class OtherPackets
{
    public static void Run(PlaneState state, ref PacketWork work, in ParsedPacket packet)
    {
        if (!state.IsServiceAddress(packet.Key.Destination))
        {
            Decide.PassBy(state, ref work);
            return;
        }

        Span<byte> l3 = work.Frame[EthernetFrame.HeaderLength..];
        DropReason reason = CheckHeader(l3, packet, out bool hasOptions);
        if (reason == DropReason.None)
        {
            reason = Refuse.ByAddresses(state, work.Interface, packet);
        }

        byte protocol = packet.Key.Protocol;
        bool isIcmp = protocol == (packet.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp);
        if (reason == DropReason.None)
        {
            reason = hasOptions ? (packet.IsV6 ? DropReason.ExtensionHeader : DropReason.IpOptions)
                : protocol is IpProtocol.Tcp or IpProtocol.Udp ? DropReason.Malformed
                : isIcmp && !Echo.IsRequest(l3, packet) ? DropReason.IcmpUnsupported
                : DropReason.None;
        }

        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
        }
        else if (isIcmp)
        {
            Echo.Run(state, ref work, packet);
        }
        else
        {
            Reject.Run(state, ref work, packet, DropReason.NoSuchPort);
        }
    }

    /// <summary>Rules 1 and 2, and whether options or extension headers follow (rule 4).</summary>
    private static DropReason CheckHeader(Span<byte> l3, in ParsedPacket packet, out bool hasOptions)
    {
        hasOptions = false;
        if (packet.IsV6)
        {
            IPv6Packet.TryCreate(l3, out IPv6Packet v6);
            hasOptions = IsExtension(packet.Key.Protocol);
            return v6.Version != 6 || packet.IpLength > l3.Length ? DropReason.Malformed
                : packet.Key.Protocol == IpProtocol.Fragment ? DropReason.Fragment
                : DropReason.None;
        }

        IPv4Packet.TryCreate(l3, out IPv4Packet v4);
        int header = v4.HeaderLength;
        hasOptions = header > IPv4Packet.MinHeaderLength;
        return v4.Version != 4 || header < IPv4Packet.MinHeaderLength || header > l3.Length
            || packet.IpLength < header || packet.IpLength > l3.Length ? DropReason.Malformed
            : v4.IsFragment ? DropReason.Fragment
            : DropReason.None;
    }

    private static bool IsExtension(byte next) => next is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.Authentication
        or IpProtocol.DestinationOptions or IpProtocol.Mobility or IpProtocol.Hip or IpProtocol.Shim6;
}
