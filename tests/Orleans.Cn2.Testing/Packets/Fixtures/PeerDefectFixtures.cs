using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>What other data planes are known to get wrong, by their names. Those of session affinity are with its own fixtures.</summary>
internal static class PeerDefectFixtures
{
    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        PacketSpec udp = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53));
        PacketSpec answer = Packet.Udp(w.At(w.B, 5353), w.At(w.A, 40000));
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec ack = syn with { Flags = TcpFlags.Ack };
        SendStep answered = Step.Forward(PodB, answer, Verdict.Peer, PodA, answer.From(w.At(w.Web, 53)).Hop().ViaClient());
        FixtureStep[] busy = [ToB(udp, isNew: true), answered, Step.Age(20), ToB(udp), Step.Age(60), ToB(udp), Step.Age(60), ToB(udp), answered];
        FixtureStep[] established = [ToB(syn, isNew: true), Synack(syn, w.At(w.Web, 80), 40000), ToB(ack)];
        ChangeStep none = new(FixtureWorld.Change(w.Web, null, null));
        ChangeStep remote = new(FixtureWorld.Change(w.Web, Path(w.Remote, 8080), Path(w.Remote, 5353)));
        ChangeStep local = new(FixtureWorld.Change(w.Web, Path(w.B, 8080), Path(w.B, 5353)));
        ChangeStep deleted = new(new TableChange(0, Complete: true, [], []));

        yield return ("kube-proxy, 13 h of stale UDP: a busy client with a fixed source port leaves a back end that is gone at once",
            [.. busy, remote, ToR(udp, isNew: true), Step.Age(20), ToR(udp)]);
        yield return ("kube-proxy, stale UDP: ... through scale to zero and back",
            [.. busy, none, Rejected(udp), Rejected(udp), remote, ToR(udp, isNew: true)]);
        yield return ("kube-proxy, stale UDP: ... and when its first packets came before any endpoint did",
            [none, Rejected(udp), Rejected(udp), local, ToB(udp, isNew: true), answered]);
        yield return ("kube-proxy, UDP of a deleted service to a reused pod address: nothing reaches the pod that has it now",
        [
            .. busy, deleted, Step.Drop(PodA, udp, DropReason.Unallocated), Step.Pass(PodB, answer),
            new ChangeStep(FixtureWorld.Change(w.Far, null, Path(w.B, 5353, vmi: 77))), Step.Drop(PodA, udp, DropReason.Unallocated), Step.Pass(PodB, answer),
        ]);
        yield return ("kube-proxy: another target port is another path, for UDP at once, for TCP by RST",
        [
            .. busy, .. established, new ChangeStep(FixtureWorld.Change(w.Web, Path(w.B, 8081), Path(w.B, 5354))),
            Step.Forward(PodA, udp, Verdict.Peer, PodB, udp.To(w.At(w.B, 5354)).Hop().Via(MacsToB), isNew: true),
            Step.Reject(PodA, ack, DropReason.PathGone, ack.Rst()),
        ]);

        PacketSpec twin = syn.To(w.At(w.Far, 80));
        ushort port = FlowFixtures.PortTry(twin, 1);
        yield return ("Cilium, two FloatingIPs on one back end collide: the later flow of the same client port gets another, both are answered by their own",
        [
            new ChangeStep(FixtureWorld.Change(w.Far, Path(w.B, 8080), null)), ToB(syn, isNew: true),
            Step.Forward(PodA, twin, Verdict.Peer, PodB, twin.From(w.At(w.A, port)).To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            Synack(syn, w.At(w.Web, 80), 40000), Synack(syn, w.At(w.Far, 80), port),
        ]);
        yield return ("Cilium, stale back ends of connected sockets: nothing but the tables leads, so the next packet leaves",
            [.. busy, remote, ToR(udp, isNew: true), local, ToB(udp, isNew: true)]);

        EcmpPath heavy = Path(w.Remote, 8080) with { Weight = 1000 };
        ChangeStep two = new(FixtureWorld.Change(w.Web, FrontendFlags.None, Path(w.B, 8080), heavy));
        PacketSpec later = syn.From(w.At(w.A, 40001));
        yield return ("OpenSDN, from one path to more and back: connections stay where they are",
        [
            .. established, two, ToB(ack), ToR(later, isNew: true), local, ToB(ack), two, ToB(ack), ToB(syn),
            new ChangeStep(FixtureWorld.Change(w.Web, FrontendFlags.None, Path(w.B, 8080, PathState.Draining), heavy)), ToB(ack),
        ]);

        SendStep Rejected(PacketSpec packet) => Step.Reject(PodA, packet, DropReason.NoEndpoints, packet.Unreachable());
        SendStep ToB(PacketSpec packet, bool isNew = false) => Step.Forward(
            PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, Target(packet))).Hop().Via(MacsToB), isNew);
        SendStep ToR(PacketSpec packet, bool isNew = false) => Step.Forward(
            PodA, packet, Verdict.Neighbour, Uplink, packet.To(w.At(w.Remote, Target(packet))).Hop(), isNew);
        SendStep Synack(PacketSpec sent, string floatingIp, int port)
        {
            PacketSpec reply = Packet.Tcp(w.At(w.B, 8080), w.At(w.A, port), TcpFlags.Syn | TcpFlags.Ack);
            return Step.Forward(PodB, reply, Verdict.Peer, PodA, reply.From(floatingIp).To(w.At(w.A, sent.SourcePort)).Hop().ViaClient());
        }

        static int Target(PacketSpec packet) => packet.Protocol == IpProtocol.Tcp ? 8080 : 5353;
    }
}
