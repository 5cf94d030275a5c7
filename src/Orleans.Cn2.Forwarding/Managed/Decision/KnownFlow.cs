using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>What is to be done with a packet whose tuple has an entry.</summary>
internal enum FlowStep
{
    /// <summary>Delete both entries, then section 4.3.</summary>
    Renew,

    /// <summary>The other hook translates it, or its path is gone.</summary>
    Pass,

    /// <summary>Delete both entries and reject.</summary>
    PathGone,

    Translate,
}

/// <summary>Section 4.2: packets of flows.</summary>
internal static class KnownFlow
{
    /// <summary>For how long new flows are refused after the table of established ones was found full.</summary>
    private const long FullPause = 1_000_000_000;

    /// <summary>Nanoseconds after which a stamp is set again.</summary>
    private const long StampStep = 100_000_000;

    /// <summary>nf_conntrack_proto_udp.c: UDP that goes on for longer is a stream.</summary>
    private const uint StreamAge = 2_000_000_000 >> MarkStep;
    private const int MarkStep = 20;

    /// <summary>The decision by the entry and the word of its path. Changes nothing.</summary>
    public static FlowStep Judge(PlaneState state, PacketHook hook, in ParsedPacket packet, in FlowEntry entry, bool isEmbryonic)
    {
        bool atEgress = (entry.Flags & FlowFlags.AtEgress) != 0;
        if ((hook == PacketHook.Egress) != atEgress)
        {
            return FlowStep.Pass;
        }

        ref readonly PathSlot path = ref state.Paths[entry.Path];
        if (path.Epoch != entry.Epoch)
        {
            return entry.IsReverse ? FlowStep.Pass
                : packet.IsStateful && !packet.IsPureSyn ? FlowStep.PathGone
                : FlowStep.Renew;
        }

        return !entry.IsReverse
            && ((MayBeginAnew(packet.Key.Protocol, packet.Flags, path.State) && (!packet.IsStateful || IsOver(state, packet, entry, isEmbryonic, path.State)))
                || (isEmbryonic && IsDue(state, entry) && Unsafe.IsNullRef(ref state.FindPartner(packet.Key, entry))))
            ? FlowStep.Renew
            : FlowStep.Translate;
    }

    /// <summary>False for a forward packet that surely goes on with its flow: no pure SYN, and no UDP to a path that is draining.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayBeginAnew(byte protocol, TcpFlags flags, PathState path) =>
        ParsedPacket.HasState(protocol) ? ParsedPacket.IsSyn(flags) : path == PathState.Draining;

    /// <summary>How packets of an entry go on: as it says itself, or by the next hop of its path.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref readonly Way WayOf(in FlowEntry entry, in PathSlot path) => ref entry.Way.Verdict == Verdict.Pass ? ref path.Way : ref entry.Way;

    /// <summary>Brings a flow forward by a packet that is going to be translated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(
        PlaneState state, ref FlowEntry entry, in PathSlot path, byte protocol, TcpFlags flags, SeenReset reset, uint mark, int packets, int bytes)
    {
        if (ParsedPacket.HasState(protocol))
        {
            entry.Tcp = Seen(entry.Tcp, flags, reset);
            entry.Mark = Acknowledges(flags) ? mark : entry.Mark;
        }

        if (IsDue(state, entry))
        {
            entry.Seen = state.Now;
            if (!ParsedPacket.HasState(protocol) && BirthMark(state.Now) - entry.Mark >= StreamAge)
            {
                entry.Flags |= FlowFlags.Stream;
            }
        }

        if (!entry.IsReverse)
        {
            state.Frontends.Count(path.Frontend, packets, bytes);
        }
    }

    /// <summary>Translates a packet by its entry, brings the flow forward, delivers.</summary>
    public static void Forward(PlaneState state, ref PacketWork work, in ParsedPacket packet, ref FlowEntry entry, bool isEmbryonic)
    {
        ref readonly PathSlot path = ref state.Paths[entry.Path];
        ref readonly Way way = ref WayOf(entry, path);
        if (way.Verdict != Verdict.Stack && packet.Ttl <= 1)
        {
            Reject.Run(state, ref work, packet, DropReason.TtlExceeded);
            return;
        }

        if (way.Verdict == Verdict.Pass)
        {
            Decide.Drop(state, ref work, DropReason.NoNextHop);
            return;
        }

        if (FrameSize.Exceeded(state, work, packet, way) is > 0 and int mtu)
        {
            Reject.Run(state, ref work, packet, DropReason.PacketTooBig, mtu);
            return;
        }

        SeenReset reset = (packet.Flags & TcpFlags.Rst) == 0 ? SeenReset.None : IsProven(state, packet, entry) ? SeenReset.Proven : SeenReset.Unproven;
        Note(state, ref entry, path, packet.Key.Protocol, packet.Flags, reset, packet.Mark, work.Packets, Decide.L3Bytes(work));
        work.PathMark = entry.Path + 1;
        Translate.Run(work.Frame, packet, entry, way, work.Offload.IsChecksumPartial);
        work.First?.Become(entry);
        Deliver.Run(ref work, way);
        if (isEmbryonic)
        {
            Advance(state, work, packet, ref entry);
        }
    }

    /// <summary>TCP flags seen in one direction after one more packet: a packet without RST takes an earlier RST back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SeenTcp Seen(SeenTcp seen, TcpFlags flags, SeenReset reset) =>
        (seen & ~(SeenTcp.Rst | SeenTcp.UnprovenRst)) | ((SeenTcp)flags & (SeenTcp.Syn | SeenTcp.Fin))
        | (reset switch
        {
            SeenReset.Proven => SeenTcp.Rst,
            SeenReset.Unproven => SeenTcp.UnprovenRst,
            _ => SeenTcp.None,
        });

    /// <summary>True for a packet whose acknowledgement number, or verification tag, is its side's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Acknowledges(TcpFlags flags) => (flags & (TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Ack;

    /// <summary>What <see cref="FlowEntry.Mark"/> is of a UDP flow that begins now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint BirthMark(long now) => (uint)(now >> MarkStep);

    /// <summary>True when RST was seen in either direction, or FIN in both.</summary>
    public static bool IsClosed(SeenTcp one, SeenTcp other) =>
        ((one | other) & SeenTcp.Rst) != 0 || (one & other & SeenTcp.Fin) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsDue(PlaneState state, in FlowEntry entry) => state.Now - entry.Seen >= StampStep;

    // An RST is its sender's who knows what the other side acknowledged last; of SCTP, whose tag it bears: its own, or the other's reflected (RFC 9260 8.5.1).
    private static bool IsProven(PlaneState state, in ParsedPacket packet, in FlowEntry entry)
    {
        ref FlowEntry partner = ref state.FindPartner(packet.Key, entry);
        bool paired = !Unsafe.IsNullRef(ref partner);
        return packet.IsTcp ? paired && packet.Sequence == partner.Mark : packet.Mark == entry.Mark || (paired && packet.Mark == partner.Mark);
    }

    private static bool IsOver(PlaneState state, in ParsedPacket packet, in FlowEntry entry, bool isEmbryonic, PathState pathState)
    {
        ref FlowEntry partner = ref state.FindPartner(packet.Key, entry);
        SeenTcp other = Unsafe.IsNullRef(ref partner) ? SeenTcp.None : partner.Tcp;
        return IsClosed(entry.Tcp, other) || (isEmbryonic && pathState != PathState.Active);
    }

    // Promotion (section 3): UDP by the first reply, TCP and SCTP by the first forward packet with ACK after a reply.
    private static void Advance(PlaneState state, in PacketWork work, in ParsedPacket packet, ref FlowEntry entry)
    {
        bool established = packet.IsStateful
            ? !entry.IsReverse && (entry.Flags & FlowFlags.Replied) != 0 && (packet.Flags & TcpFlags.Ack) != 0
            : entry.IsReverse;
        bool firstReply = entry.IsReverse && (entry.Flags & FlowFlags.Replied) == 0;
        if (!established && !firstReply)
        {
            return;
        }

        FlowKey partnerKey = entry.PartnerKey(packet.Key.Protocol);
        ref FlowEntry partner = ref state.Embryonic.Find(partnerKey);
        if (Unsafe.IsNullRef(ref partner) || !partner.IsPartnerOf(packet.Key))
        {
            return;
        }

        entry.Flags |= FlowFlags.Replied;
        partner.Flags |= FlowFlags.Replied;
        if (!established)
        {
            return;
        }

        if (state.Flows.Set(partnerKey, partner))
        {
            if (state.Flows.Set(packet.Key, entry))
            {
                state.Embryonic.Remove(partnerKey);
                state.Embryonic.Remove(packet.Key);
                return;
            }

            state.Flows.Remove(partnerKey);
        }

        state.FullUntil = state.Now + FullPause;
        state.Reasons.Drop(DropReason.FlowsFull, work.Packets, Decide.L3Bytes(work));
    }
}
