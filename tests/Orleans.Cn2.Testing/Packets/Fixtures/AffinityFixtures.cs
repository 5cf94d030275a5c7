using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>
/// Section 4.7. A client is led to pod B while that is the only path; then pod R comes with a hundred times its weight, so that whoever has no binding
/// goes there.
/// </summary>
internal static class AffinityFixtures
{
    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        EcmpPath heavy = Path(w.Remote, 8080) with { Weight = 100 };
        ChangeStep both = Paths(FrontendFlags.ClientIpAffinity, PathState.Active);
        SendStep led = ToB(Udp(1));

        yield return ("a client stays where it was led while paths come, from any source port", [led, both, ToB(Udp(2)), ToB(Udp(3)), ToB(Udp(60000))]);
        yield return ("Cilium, affinity by a hash with the source port: a client that was never led goes by its address alone", [both, ToR(Udp(2)), ToR(Udp(3)), ToR(Udp(60000))]);
        yield return ("affinity is of one service port: another's flows go their own way", [led, both, ToR(Tcp(2)), ToB(Udp(3)), ToR(Tcp(4))]);
        yield return ("TCP has it like UDP", [ToB(Tcp(1)), both, ToB(Tcp(2)), ToR(Udp(2))]);
        yield return ("Calico, affinity that never ends in IPv6: each new flow renews the timeout, and after it the client is free", [led, both, Step.Age(60), ToB(Udp(2)), Step.Age(60), ToB(Udp(3)), Step.Age(101), ToR(Udp(4))]);
        yield return ("packets of flows that are there don't",
            [ToB(Tcp(1)), both, Step.Age(60), ToB(Tcp(1) with { Flags = TcpFlags.Ack }, isNew: false), Step.Age(60), ToR(Tcp(2))]);
        yield return ("kube-proxy, affinity to a pod that is not ready: a path that takes no new flows loses its clients, who stay where they are led next",
        [
            led, both, Paths(FrontendFlags.ClientIpAffinity, PathState.DrainingServing), ToR(Udp(2)), both, ToR(Udp(3)),
            ToB(Udp(1), isNew: false),
        ]);
        yield return ("a path that goes away and comes back has lost its clients", [led, new ChangeStep(FixtureWorld.Change(w.Sticky, FrontendFlags.ClientIpAffinity, heavy)), both, ToR(Udp(2))]);
        yield return ("another VMI at the same address inherits no client",
            [led, new ChangeStep(FixtureWorld.Change(w.Sticky, FrontendFlags.ClientIpAffinity, Path(w.B, 8080, vmi: 99), heavy)), ToR(Udp(2))]);
        yield return ("affinity turned off forgets, turned on again begins afresh",
        [
            led, Paths(FrontendFlags.None, PathState.Active), ToR(Udp(2)), both, ToR(Udp(3)), ToR(Udp(4)),
        ]);
        yield return ("affinity turned off and on between two flows forgets too",
            [led, Paths(FrontendFlags.None, PathState.Active), both, ToR(Udp(3))]);
        yield return ("a service that is deleted and made again knows no client",
            [led, new ChangeStep(new TableChange(0, Complete: true, [], [])), both, ToR(Udp(2))]);
        yield return ("a flow that is refused leads nobody", [both, Step.Reject(PodA, Udp(1) with { Ttl = 1 }, DropReason.TtlExceeded, (Udp(1) with { Ttl = 1 }).TimeExceeded(w.Node)), ToR(Udp(2))]);

        PacketSpec Udp(int port) => Packet.Udp(w.At(w.A, port), w.At(w.Sticky, 53));
        PacketSpec Tcp(int port) => Packet.Tcp(w.At(w.A, port), w.At(w.Sticky, 80), TcpFlags.Syn);
        SendStep ToB(PacketSpec packet, bool isNew = true) => Step.Forward(
            PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, Target(packet))).Hop().Via(MacsToB), isNew);
        SendStep ToR(PacketSpec packet) => Step.Forward(
            PodA, packet, Verdict.Neighbour, Uplink, packet.To(w.At(w.Remote, Target(packet))).Hop(), isNew: true);
        static int Target(PacketSpec packet) => packet.Protocol == IpProtocol.Tcp ? 8080 : 5353;
        ChangeStep Paths(FrontendFlags flags, PathState state) => new(FixtureWorld.Change(w.Sticky, flags, Path(w.B, 8080, state), heavy));
    }
}
