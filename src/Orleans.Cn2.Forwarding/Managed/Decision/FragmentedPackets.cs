using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Fragments;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 4.5: the first fragment decides and is remembered, the later ones follow it, one ahead of it is held.</summary>
internal static class FragmentedPackets
{
    private const int LongestDatagram = 65_535;
    private const int ShortestTransport = 8;

    public static void Run(PlaneState state, ref PacketWork work, in ParsedPacket packet, in Fragment piece)
    {
        if (piece.Start == 0)
        {
            First(state, ref work, packet, piece);
        }
        else
        {
            Later(state, ref work, packet, piece);
        }
    }

    /// <summary>Opens the datagram when it is ours; what becomes of the fragment is decided like that of any packet.</summary>
    private static void First(PlaneState state, ref PacketWork work, ParsedPacket packet, in Fragment piece)
    {
        Span<byte> l3 = work.Frame[EthernetFrame.HeaderLength..];
        bool atEgress = work.Hook == PacketHook.Egress;
        bool hasPorts = Parse.TryReadPorts(l3[packet.Headers..packet.IpLength], ref packet);
        if (!(hasPorts && state.HasFlowAt(packet.Key, atEgress)) && !IsForUs(state, ref work, packet))
        {
            return;
        }

        DropReason reason = Check(packet, piece);
        if (reason == DropReason.None && !hasPorts
            && (packet.Key.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp || packet.IpLength - packet.Headers < ShortestTransport))
        {
            reason = DropReason.FragmentTiny;
        }

        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
            return;
        }

        // One that is known has the id of another datagram, or comes twice.
        DatagramKey key = DatagramKey.Of(packet, piece.Id, atEgress);
        bool fromNode = state.Interfaces.RoleOf(work.Interface) == InterfaceRole.Node;
        Datagram? datagram = state.Datagrams.Find(key, state.Now) ?? state.Datagrams.Open(key, packet.IsV6, state.Now, work.Interface, fromNode);
        if (datagram is null || !datagram.TryTake(piece))
        {
            Decide.Drop(state, ref work, datagram is null ? DropReason.FragmentLimit : DropReason.FragmentOverlap);
            return;
        }

        if (packet.Key.Protocol == IpProtocol.Sctp)
        {
            // Its CRC covers pieces that did not come yet.
            Decide.Drop(state, ref work, DropReason.Fragment);
            return;
        }

        work.First = datagram;
        packet = packet with { IsFirst = true };
        if (hasPorts)
        {
            Decide.OnTuple(state, ref work, packet);
        }
        else
        {
            OtherPackets.OnPortless(state, ref work, packet);
        }
    }

    private static void Later(PlaneState state, ref PacketWork work, in ParsedPacket packet, in Fragment piece)
    {
        DatagramKey key = DatagramKey.Of(packet, piece.Id, work.Hook == PacketHook.Egress);
        Datagram? datagram = state.Datagrams.Find(key, state.Now);
        if (datagram is null)
        {
            Ahead(state, ref work, packet, piece);
            return;
        }

        DropReason reason = Check(packet, piece);
        DatagramKind kind = datagram.Kind;
        if (reason == DropReason.None)
        {
            reason = kind == DatagramKind.Refused ? DropReason.Fragment
                : !datagram.TryTake(piece) ? DropReason.FragmentOverlap
                : DropReason.None;
        }

        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
        }
        else if (kind == DatagramKind.Echo)
        {
            state.Datagrams.CloseIfComplete(key, packet.IsV6, datagram);
            Echo.TurnBack(work.Frame, packet);
            (work.Verdict, work.Target) = (Verdict.Echo, datagram.FromNode ? state.Network.NodeInterface : datagram.Interface);
        }
        else
        {
            Follow(state, ref work, packet, key, datagram);
        }
    }

    // Nothing is known of its datagram: the first fragment is behind it, or was lost, or was a passer-by.
    private static void Ahead(PlaneState state, ref PacketWork work, in ParsedPacket packet, in Fragment piece)
    {
        if (work.Hook == PacketHook.Egress || !state.IsServiceAddress(packet.Key.Destination))
        {
            Decide.PassBy(state, ref work);
            return;
        }

        DropReason reason = Check(packet, piece);
        if (reason == DropReason.None)
        {
            reason = Refuse.ByAddresses(state, work.Interface, packet);
        }

        if (reason == DropReason.None)
        {
            reason = IsAgain(state, work) ? DropReason.FragmentWithoutFirst
                : state.Network.HoldInterface == 0 ? DropReason.NoSlowPath
                : DropReason.None;
        }

        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
            return;
        }

        (work.Verdict, work.Target) = (Verdict.Hold, state.Network.HoldInterface);
    }

    private static void Follow(PlaneState state, ref PacketWork work, in ParsedPacket packet, in DatagramKey key, Datagram datagram)
    {
        FlowEntry to = datagram.To;
        ref readonly PathSlot path = ref state.Paths[to.Path];
        if (path.Epoch != to.Epoch)
        {
            Decide.Drop(state, ref work, DropReason.PathGone);
            return;
        }

        Way way = KnownFlow.WayOf(to, path);
        bool hops = way.Verdict != Verdict.Stack;
        if (hops && packet.Ttl <= 1)
        {
            Decide.Drop(state, ref work, DropReason.TtlExceeded);
            return;
        }

        if (way.Verdict == Verdict.Pass)
        {
            Decide.Drop(state, ref work, DropReason.NoNextHop);
            return;
        }

        if (FrameSize.Exceeded(state, work, packet, way) > 0)
        {
            Decide.Drop(state, ref work, DropReason.PacketTooBig);
            return;
        }

        if (!hops && IsAgain(state, work))
        {
            // Held ones enter the stack where the first fragment did.
            way = new Way(Verdict.NodeIngress, HasMacs: false, datagram.Interface, default);
        }

        if (!to.IsReverse)
        {
            state.Frontends.Count(path.Frontend, work.Packets, Decide.L3Bytes(work));
        }

        work.PathMark = to.Path + 1;
        state.Datagrams.CloseIfComplete(key, packet.IsV6, datagram);
        Translate.Addresses(work.Frame, packet, to, way, hops);
        Deliver.Run(ref work, way);
    }

    /// <summary>Rules of one piece alone.</summary>
    private static DropReason Check(in ParsedPacket packet, in Fragment piece) =>
        piece.Length == 0 || (piece.More && piece.Length % Fragment.Unit != 0) ? DropReason.Malformed
        : piece.Front + piece.End > LongestDatagram ? DropReason.FragmentTooLong
        : !packet.IsV6 && packet.IsTcp && piece.Start == Fragment.Unit ? DropReason.FragmentTiny
        : DropReason.None;

    private static bool IsForUs(PlaneState state, ref PacketWork work, in ParsedPacket packet)
    {
        if (work.Hook == PacketHook.Egress || !state.IsServiceAddress(packet.Key.Destination))
        {
            Decide.PassBy(state, ref work);
            return false;
        }

        DropReason reason = Refuse.ByAddresses(state, work.Interface, packet);
        if (reason != DropReason.None)
        {
            Decide.Drop(state, ref work, reason);
        }

        return reason == DropReason.None;
    }

    private static bool IsAgain(PlaneState state, in PacketWork work) =>
        state.Network.HoldInterface != 0 && work.Interface == state.Network.HoldInterface;
}
