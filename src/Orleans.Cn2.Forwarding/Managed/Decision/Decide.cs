using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4: what becomes of one packet.</summary>
internal static class Decide
{
    public static void Run(PlaneState state, ref PacketWork work)
    {
        (work.Verdict, work.Reason, work.PathMark, work.Target, work.NewFlow) = (Verdict.Pass, DropReason.None, 0, 0, false);
        (work.First, work.Packets) = (null, 1);
        if (work.Hook == PacketHook.Egress && state.Interfaces.RoleOf(work.Interface) == InterfaceRole.Node)
        {
            // The node's pair has no egress hook (section 1).
            return;
        }

        switch (Parse.Read(work.Frame, out ParsedPacket packet))
        {
            case ParseResult.Fast:
                work.Packets = FrameSize.Packets(work, packet);
                OnTuple(state, ref work, packet);
                break;
            case ParseResult.Rest:
                OtherPackets.Run(state, ref work, packet);
                break;
            default:
                PassBy(state, ref work);
                break;
        }
    }

    /// <summary>Section 1: not ours. Whoever sends through the node's own pair must be translated, so there it is dropped.</summary>
    public static void PassBy(PlaneState state, ref PacketWork work)
    {
        if (work.Hook == PacketHook.Ingress && state.Interfaces.RoleOf(work.Interface) == InterfaceRole.Node)
        {
            Drop(state, ref work, DropReason.NotTranslated);
            return;
        }

        work.Verdict = Verdict.Pass;
    }

    public static void Drop(PlaneState state, ref PacketWork work, DropReason reason)
    {
        (work.Verdict, work.Reason, work.Target) = (Verdict.Drop, reason, 0);
        state.Reasons.Drop(reason, work.Packets, L3Bytes(work));
    }

    /// <summary>Bytes that counters count (section 9).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int L3Bytes(in PacketWork work) => Math.Max(0, work.Length - EthernetFrame.HeaderLength);

    /// <summary>Section 4.2, and 4.3 for a tuple without an entry.</summary>
    public static void OnTuple(PlaneState state, ref PacketWork work, in ParsedPacket packet)
    {
        ref FlowEntry entry = ref state.FindFlow(packet.Key, out bool isEmbryonic);
        if (!Unsafe.IsNullRef(ref entry))
        {
            OnEntry(state, ref work, packet, ref entry, isEmbryonic);
        }
        else if (work.Hook != PacketHook.Egress)
        {
            NewFlow.Run(state, ref work, packet);
        }
    }

    private static void OnEntry(PlaneState state, ref PacketWork work, in ParsedPacket packet, ref FlowEntry entry, bool isEmbryonic)
    {
        FlowStep step = KnownFlow.Judge(state, work.Hook, packet, entry, isEmbryonic);
        if (step == FlowStep.Translate && WayBack.HasMoved(entry, work.Interface, work.Frame))
        {
            DropReason reason = Refuse.BySource(state, work.Interface, packet.Key.Source);
            if (reason != DropReason.None)
            {
                Drop(state, ref work, reason);
                return;
            }

            step = WayBack.TryFollow(state, work, packet, ref entry) ? FlowStep.Translate : FlowStep.Renew;
        }

        switch (step)
        {
            case FlowStep.Translate:
                KnownFlow.Forward(state, ref work, packet, ref entry, isEmbryonic);
                return;
            case FlowStep.Pass:
                PassBy(state, ref work);
                return;
            case FlowStep.PathGone:
                state.DeleteFlow(packet.Key);
                Reject.Run(state, ref work, packet, DropReason.PathGone);
                return;
            case FlowStep.Renew:
                state.DeleteFlow(packet.Key);
                break;
        }

        if (work.Hook == PacketHook.Egress)
        {
            return;
        }

        NewFlow.Run(state, ref work, packet);
    }
}
