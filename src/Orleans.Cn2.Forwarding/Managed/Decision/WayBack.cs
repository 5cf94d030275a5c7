using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4.2: the way back to a client that comes another way than before. A router failed over, or a pod was made anew.</summary>
internal static class WayBack
{
    /// <summary>True when a client's packets come another way than its answers go. Where the stack delivers, it knows the way itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasMoved(in FlowEntry entry, int inInterface, ReadOnlySpan<byte> frame) =>
        !entry.IsReverse && entry.Way.Verdict == Verdict.Pass
        && (entry.Way.Interface != inInterface || !entry.Way.Macs.Equals(LinkAddresses.Of(frame)));

    /// <summary>Has answers follow the client's packet.</summary>
    /// <returns>False when the flow must begin anew: it is shaped by where its client is, and UDP may be shaped anew.</returns>
    public static bool TryFollow(PlaneState state, in PacketWork work, in ParsedPacket packet, ref FlowEntry forward)
    {
        ref FlowEntry reverse = ref state.FindPartner(packet.Key, forward);
        Way answers = Of(state, work);
        if (!Unsafe.IsNullRef(ref reverse))
        {
            if (reverse.Way.Verdict != answers.Verdict && packet.Key.Protocol == IpProtocol.Udp)
            {
                return false;
            }

            reverse.Way = answers;
        }

        forward.Way = Way.In(work.Interface, LinkAddresses.Of(work.Frame));
        return true;
    }

    /// <summary>How answers go to the client that sent a packet.</summary>
    public static Way Of(PlaneState state, in PacketWork work)
    {
        LinkAddresses client = LinkAddresses.Of(work.Frame).Swapped;
        return state.Interfaces.RoleOf(work.Interface) switch
        {
            InterfaceRole.Node => new Way(Verdict.NodeIngress, HasMacs: true, state.Network.NodeInterface, client),
            InterfaceRole.Pod => new Way(Verdict.Peer, HasMacs: true, work.Interface, client),
            _ => new Way(Verdict.Redirect, HasMacs: true, work.Interface, client),
        };
    }
}
