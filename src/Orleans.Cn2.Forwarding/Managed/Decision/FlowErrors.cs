using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>
/// Section 4.6: ICMP and ICMPv6 errors about packets of flows. They are delivered like packets of the flow and change nothing of it.
/// </summary>
internal static class FlowErrors
{
    private const int Longest = 2048;

    /// <summary>True for a message of the family that says what became of another packet; <paramref name="l3"/> may be cut short.</summary>
    public static bool IsError(Span<byte> l3, in ParsedPacket packet) =>
        packet.IsIcmp && packet.IpLength >= packet.Headers + IcmpMessage.HeaderLength
        && IcmpMessage.TryCreate(l3[packet.Headers..], out IcmpMessage icmp)
        && (packet.IsV6
            ? icmp.Type is >= IcmpMessage.UnreachableV6 and <= IcmpMessage.ParameterProblemV6
            : icmp.Type is IcmpMessage.Unreachable or IcmpMessage.TimeExceeded or IcmpMessage.ParameterProblem);

    /// <summary>Decides a packet that is an error about a flow. False when it is none: nothing was done.</summary>
    public static bool TryRun(PlaneState state, ref PacketWork work, in ParsedPacket packet)
    {
        Span<byte> l3 = work.Frame[EthernetFrame.HeaderLength..];
        if (packet.IpLength > l3.Length || !IsError(l3, packet))
        {
            return false;
        }

        Span<byte> message = l3[packet.Headers..packet.IpLength];
        if (!QuotedPacket.TryRead(message[IcmpMessage.HeaderLength..], packet, out QuotedPacket quoted))
        {
            return false;
        }

        ref FlowEntry entry = ref state.FindFlow(quoted.Key, out _);
        if (Unsafe.IsNullRef(ref entry))
        {
            return false;
        }

        OfFlow(state, ref work, packet, quoted, entry, l3);
        return true;
    }

    private static void OfFlow(
        PlaneState state, ref PacketWork work, in ParsedPacket packet, in QuotedPacket quoted, in FlowEntry entry, Span<byte> l3)
    {
        // At an egress hook: made by this node itself, on its way to the client.
        bool egress = work.Hook == PacketHook.Egress;
        if (egress ? !entry.IsReverse : (entry.Flags & FlowFlags.AtEgress) != 0)
        {
            Decide.PassBy(state, ref work);
            return;
        }

        ref readonly PathSlot path = ref state.Paths[entry.Path];
        bool gone = path.Epoch != entry.Epoch;
        if (gone && entry.IsReverse)
        {
            Decide.PassBy(state, ref work);
            return;
        }

        Way way = egress ? Way.ByStack : KnownFlow.WayOf(entry, path);
        DropReason reason = gone ? DropReason.PathGone : !IsSound(l3, packet) ? DropReason.BadIcmpError : DropReason.None;
        if (reason == DropReason.None && !egress)
        {
            reason = Refuse.BySource(state, work.Interface, packet.Key.Source);
        }

        if (reason == DropReason.None)
        {
            reason = way.Verdict != Verdict.Stack && packet.Ttl <= 1 ? DropReason.TtlExceeded
                : way.Verdict == Verdict.Pass ? DropReason.NoNextHop
                : DropReason.None;
        }

        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
            return;
        }

        work.PathMark = entry.Path + 1;
        TranslateError.Run(work.Frame, packet, quoted, entry, way);
        Deliver.Run(ref work, way);
    }

    private static bool IsSound(Span<byte> l3, in ParsedPacket packet)
    {
        Span<byte> message = l3[packet.Headers..packet.IpLength];
        if (message.Length > Longest)
        {
            return false;
        }

        ulong sum = InternetChecksum.Sum(message);
        if (packet.IsV6)
        {
            Span<byte> addresses = stackalloc byte[32];
            packet.Key.Source.Write(addresses);
            packet.Key.Destination.Write(addresses[16..]);
            sum += InternetChecksum.PseudoHeader(addresses[..16], addresses[16..], IpProtocol.IcmpV6, message.Length);
        }

        return InternetChecksum.Finish(sum) == 0 && (packet.IsV6 || InternetChecksum.Of(l3[..packet.Headers]) == 0);
    }
}
