using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4.4: what the fast parse doesn't take.</summary>
internal static class OtherPackets
{
    public static void Run(PlaneState state, ref PacketWork work, ParsedPacket packet)
    {
        Span<byte> l3 = work.Frame[EthernetFrame.HeaderLength..];
        DropReason reason = HeaderWalk.Run(l3, ref packet, out Fragment fragment);
        if (reason == DropReason.None && !fragment.Is && Parse.TryReadPorts(l3[packet.Headers..packet.IpLength], ref packet))
        {
            Decide.OnTuple(state, ref work, packet);
            return;
        }

        if (work.Hook == PacketHook.Egress || !state.IsServiceAddress(packet.Key.Destination))
        {
            Decide.PassBy(state, ref work);
            return;
        }

        if (reason == DropReason.None)
        {
            reason = fragment.Is ? DropReason.Fragment : Refuse.ByAddresses(state, work.Interface, packet);
        }

        byte protocol = packet.Key.Protocol;
        bool isIcmp = protocol == (packet.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp);
        if (reason == DropReason.None)
        {
            reason = protocol is IpProtocol.Tcp or IpProtocol.Udp ? DropReason.Malformed
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
}
