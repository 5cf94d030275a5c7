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
        if (reason == DropReason.None)
        {
            if (fragment.Is)
            {
                FragmentedPackets.Run(state, ref work, packet, fragment);
                return;
            }

            if (Parse.TryReadPorts(l3[packet.Headers..packet.IpLength], ref packet))
            {
                Decide.OnTuple(state, ref work, packet);
                return;
            }
        }

        if (reason == DropReason.None && FlowErrors.TryRun(state, ref work, packet))
        {
            return;
        }

        if (work.Hook == PacketHook.Egress || !state.IsServiceAddress(packet.Key.Destination))
        {
            Decide.PassBy(state, ref work);
            return;
        }

        if (reason == DropReason.None)
        {
            reason = Refuse.ByAddresses(state, work.Interface, packet);
        }

        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
            return;
        }

        OnPortless(state, ref work, packet);
    }

    /// <summary>A sound packet for a FloatingIP that carries no ports: echo is answered, other protocols are rejected.</summary>
    public static void OnPortless(PlaneState state, ref PacketWork work, in ParsedPacket packet)
    {
        byte protocol = packet.Key.Protocol;
        if (protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp)
        {
            Decide.Drop(state, ref work, DropReason.Malformed);
        }
        else if (!packet.IsIcmp)
        {
            Reject.Run(state, ref work, packet, DropReason.NoSuchPort);
        }
        else if (Echo.IsRequest(work.Frame[EthernetFrame.HeaderLength..], packet))
        {
            Echo.Run(state, ref work, packet);
        }
        else
        {
            // An error that comes here is about no flow.
            bool isError = FlowErrors.IsError(work.Frame[EthernetFrame.HeaderLength..], packet);
            Decide.Drop(state, ref work, isError ? DropReason.IcmpNoFlow : DropReason.IcmpUnsupported);
        }
    }
}
