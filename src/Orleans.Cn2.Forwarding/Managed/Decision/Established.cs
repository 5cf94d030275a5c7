using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>
/// The short way of section 4.2, which nearly every packet takes: of an established flow, at an ingress hook, in plain headers, small enough for any
/// link, with nothing left to a device. Where a rule could say anything but "translate and deliver", the packet is left as it was to
/// <see cref="Decide"/>, which has all rules.
/// </summary>
internal static class Established
{
    private const int Longest = EthernetFrame.HeaderLength + FrameSize.AlwaysFits;

    /// <summary>Decides a packet that was read ahead. False: nothing was done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryForward(PlaneState state, ref PacketWork work, in AheadPacket ahead)
    {
        int headers = ahead.Headers;
        if (headers == 0 || work.Length > Longest || ((int)work.Hook | work.Offload.SegmentSize | Unsafe.BitCast<bool, byte>(work.Offload.IsChecksumPartial)) != 0)
        {
            return false;
        }

        ref FlowEntry entry = ref state.Flows.FindIn(ahead.Slot, ahead.Key);
        if (Unsafe.IsNullRef(ref entry))
        {
            return false;
        }

        byte protocol = ahead.Key.Protocol;
        ref byte frame = ref MemoryMarshal.GetArrayDataReference(work.Buffer);
        TcpFlags flags = PlainHeaders.Flags(ref frame, headers, protocol);
        ref readonly PathSlot path = ref state.Paths[entry.Path];
        ref readonly Way way = ref KnownFlow.WayOf(entry, path);
        if ((entry.Flags & FlowFlags.AtEgress) != 0 || path.Epoch != entry.Epoch)
        {
            return false;
        }

        if ((flags & TcpFlags.Rst) != 0
            || (!entry.IsReverse && (KnownFlow.MayBeginAnew(protocol, flags, path.State) || WayBack.HasMoved(entry, work.Interface, work.Frame))))
        {
            return false;
        }

        if (way.Verdict is Verdict.Pass or Verdict.Stack || PlainHeaders.Ttl(ref frame, headers) <= 1)
        {
            return false;
        }

        KnownFlow.Note(
            state, ref entry, path, protocol, flags, SeenReset.None, PlainHeaders.Mark(ref frame, headers, protocol), packets: 1,
            work.Length - EthernetFrame.HeaderLength);
        PlainHeaders.Rewrite(ref frame, headers, protocol, entry, way);
        (work.Reason, work.NewFlow, work.PathMark) = (DropReason.None, false, entry.Path + 1);
        Deliver.Run(ref work, way);
        return true;
    }
}
