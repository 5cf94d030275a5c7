using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4.3: the first packet of a flow, at an ingress hook.</summary>
internal static class NewFlow
{
    private const int PortTries = 32;
    private const uint FirstPort = 1024;
    private const uint Ports = 64512;
    private const uint PortStep = 2654435761;

    public static void Run(PlaneState state, ref PacketWork work, in ParsedPacket packet)
    {
        if (!state.IsServiceAddress(packet.Key.Destination))
        {
            Decide.PassBy(state, ref work);
            return;
        }

        DropReason reason = Refuse.IsMalformed(work.Frame[EthernetFrame.HeaderLength..], packet)
            ? DropReason.Malformed
            : Refuse.ByAddresses(state, work.Interface, packet);
        if (reason == DropReason.None && Refuse.HasBadFlags(packet))
        {
            reason = DropReason.BadTcpFlags;
        }

        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
            return;
        }

        Choice choice = Choice.Of(state, packet);
        if (choice.Rejects)
        {
            Reject.Run(state, ref work, packet, choice.Reason);
        }
        else if (choice.Reason != DropReason.None)
        {
            Decide.Drop(state, ref work, choice.Reason);
        }
        else
        {
            Open(state, ref work, packet, choice);
        }
    }

    // Rule 10.
    private static void Open(PlaneState state, ref PacketWork work, in ParsedPacket packet, in Choice choice)
    {
        ref readonly PathSlot path = ref state.Paths[choice.Path];
        bool usable = FlowShape.TryMake(state, work, packet, choice, out FlowEntry forward, out FlowEntry reverse) && path.Hop.Kind != HopKind.None;
        Way way = KnownFlow.WayOf(forward, path);
        if (way.Verdict != Verdict.Stack && packet.Ttl <= 1)
        {
            Reject.Run(state, ref work, packet, DropReason.TtlExceeded);
            return;
        }

        usable &= way.Verdict != Verdict.Pass;
        if (usable && FrameSize.Exceeded(state, work, packet, way) is > 0 and int mtu)
        {
            Reject.Run(state, ref work, packet, DropReason.PacketTooBig, mtu);
            return;
        }

        work.PathMark = choice.Path + 1;
        DropReason reason =
            !usable ? DropReason.NoNextHop
            : state.Now < state.FullUntil ? DropReason.FlowsFull
            : !TryInsertReverse(state, packet.Key, ref forward, reverse, (uint)choice.Hash) ? DropReason.NoFreePort
            : DropReason.None;
        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
            return;
        }

        state.Embryonic.Set(packet.Key, forward);
        if (choice.Frontend is { AffinityGeneration: > 0 } frontend)
        {
            state.Affinity.Bind(state.Affinity.ClientOf(packet.Key.Source, packet.IsV6), frontend, choice.Path, forward.Epoch, state.Now);
        }

        work.NewFlow = true;
        state.Frontends.Count(path.Frontend, work.Packets, Decide.L3Bytes(work));
        state.Frontends.CountFlow(path.Frontend);
        Translate.Run(work.Frame, packet, forward, way, work.Offload.IsChecksumPartial);
        work.First?.Become(forward);
        Deliver.Run(ref work, way);
    }

    /// <summary>
    /// Puts the reverse entry where no other flow is: with the packet's own port as seen by the VMI, else with translated ones (section 3, insertion).
    /// </summary>
    private static bool TryInsertReverse(PlaneState state, in FlowKey key, ref FlowEntry forward, in FlowEntry reverse, uint hash)
    {
        for (uint i = 0; i <= PortTries; i++)
        {
            if (i > 0)
            {
                forward.SourcePort = (ushort)(FirstPort + (unchecked(hash + (i * PortStep)) % Ports));
            }

            FlowKey back = forward.PartnerKey(key.Protocol);
            ref FlowEntry taken = ref state.FindFlow(back, out _);
            if (Unsafe.IsNullRef(ref taken))
            {
                return state.Embryonic.TryAdd(back, reverse);
            }

            if (!taken.IsPartnerOf(key))
            {
                continue;
            }

            // This client's own reverse entry: its forward entry was evicted. On another path it is stale.
            if (taken.Path != reverse.Path || taken.Epoch != reverse.Epoch)
            {
                state.Flows.Remove(back);
                state.Embryonic.Set(back, reverse);
            }

            return true;
        }

        return false;
    }
}
