using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 4.2: flows whose path changes state or goes away.</summary>
internal static class PathFixtures
{
    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec ack = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Ack).WithPayload(10);
        PacketSpec synAck = Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), TcpFlags.Syn | TcpFlags.Ack) with { Acknowledgment = syn.Sequence + 1 };
        PacketSpec rst = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Rst) with { Sequence = synAck.Acknowledgment };
        PacketSpec udp = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53));
        PacketSpec udpBack = Packet.Udp(w.At(w.B, 5353), w.At(w.A, 40000));
        SendStep open = ToB(syn, isNew: true);
        SendStep reply = Step.Forward(PodB, synAck, Verdict.Peer, PodA, synAck.From(w.At(w.Web, 80)).Hop().ViaClient());
        SendStep openUdp = ToB(udp, isNew: true);
        ChangeStep moved = new(FixtureWorld.Change(w.Web, Path(w.Remote, 8080), Path(w.Remote, 5353)));
        ChangeStep none = new(FixtureWorld.Change(w.Web, null, null));
        ChangeStep Draining(PathState state) => new(FixtureWorld.Change(w.Web, Path(w.B, 8080, state), Path(w.B, 5353, state)));

        yield return ("TCP on a path that is gone is answered by RST, its way back passes untouched",
            [open, reply, ToB(ack), moved, Step.Pass(PodB, synAck), Step.Reject(PodA, ack, DropReason.PathGone, ack.Rst()), ToRemote(ack, isNew: true)]);
        yield return ("RST on a path that is gone is dropped", [open, moved, Step.Drop(PodA, rst, DropReason.PathGone)]);
        yield return ("SYN on a path that is gone begins anew", [open, moved, ToRemote(syn, isNew: true)]);
        yield return ("UDP on a path that is gone moves", [openUdp, moved, ToRemote(udp, isNew: true)]);
        yield return ("UDP on a path that is gone and has no successor is rejected",
            [openUdp, none, Step.Reject(PodA, udp, DropReason.NoEndpoints, udp.Unreachable())]);
        yield return ("TCP stays on a draining path", [open, reply, ToB(ack), Draining(PathState.Draining), ToB(ack), reply]);
        yield return ("UDP leaves a draining path",
            [openUdp, Draining(PathState.Draining), Step.Reject(PodA, udp, DropReason.NoEndpoints, udp.Unreachable())]);
        yield return ("UDP stays on a path that is terminating and serving",
            [openUdp, Draining(PathState.DrainingServing), ToB(udp), Step.Forward(PodB, udpBack, Verdict.Peer, PodA, udpBack.From(w.At(w.Web, 53)).Hop().ViaClient())]);
        yield return ("a repeated SYN leaves a path that takes no new flows",
            [open, Draining(PathState.DrainingServing), Step.Reject(PodA, syn, DropReason.NoEndpoints, syn.Rst())]);
        yield return ("a repeated SYN stays on its active path", [open, ToB(syn), reply, ToB(syn)]);
        yield return ("RST is forwarded, a SYN after it begins anew", [open, reply, ToB(ack), ToB(rst), ToB(syn, isNew: true)]);
        yield return ("a packet without RST takes RST back", [open, reply, ToB(ack), ToB(rst), ToB(ack), ToB(syn)]);
        yield return ("FIN in both directions, then SYN begins anew",
        [
            open, reply, ToB(ack),
            ToB(ack with { Flags = TcpFlags.Fin | TcpFlags.Ack }), ToB(syn),
            Step.Forward(PodB, Fin(synAck), Verdict.Peer, PodA, Fin(synAck).From(w.At(w.Web, 80)).Hop().ViaClient()),
            ToB(syn, isNew: true),
        ]);
        yield return ("a service that is deleted and made again inherits no flow",
        [
            open, reply, ToB(ack),
            new ChangeStep(new TableChange(0, Complete: true, [], [])),
            new ChangeStep(w.Tables),
            Step.Reject(PodA, ack, DropReason.PathGone, ack.Rst()),
        ]);
        yield return ("another VMI at the same address inherits no flow",
            [open, reply, ToB(ack), new ChangeStep(FixtureWorld.Change(w.Web, Path(w.B, 8080, vmi: 99), null)), Step.Reject(PodA, ack, DropReason.PathGone, ack.Rst())]);

        SendStep ToB(PacketSpec packet, bool isNew = false) => Step.Forward(
            PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, packet.Protocol == IpProtocol.Tcp ? 8080 : 5353)).Hop().Via(MacsToB), isNew);
        SendStep ToRemote(PacketSpec packet, bool isNew = false) => Step.Forward(
            PodA, packet, Verdict.Neighbour, Uplink, packet.To(w.At(w.Remote, packet.Protocol == IpProtocol.Tcp ? 8080 : 5353)).Hop(), isNew);
        static PacketSpec Fin(PacketSpec packet) => packet with { Flags = TcpFlags.Fin | TcpFlags.Ack };
    }
}
