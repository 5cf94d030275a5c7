using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 4.6: ICMP errors about packets of flows, in both directions of every kind of flow.</summary>
internal static class IcmpErrorFixtures
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfFast(FixtureWorld w)
    {
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec synAck = Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), SynAck);
        PacketSpec ask = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53));
        SendStep open = Open(syn);
        SendStep openUdp = Open(ask);

        foreach (IcmpErrorKind kind in Enum.GetValues<IcmpErrorKind>())
        {
            yield return ($"{kind} from the VMI comes to the client from the FloatingIP about what it sent",
                [open, ToClient(syn, w.At(w.B, 8080), w.B, w.Web, kind), openUdp, ToClient(ask, w.At(w.B, 5353), w.B, w.Web, kind)]);
            yield return ($"{kind} from the client about an answer comes to the VMI about what that sent", [open, ToVmi(synAck, w.A, kind)]);
        }

        PacketSpec far = Packet.Tcp(w.At(w.A, 40000), w.At(w.Far, 80), TcpFlags.Syn);
        yield return ("from a router on the way to the VMI: the router is seen, the VMI isn't",
        [
            Step.Forward(PodA, far, Verdict.Neighbour, Uplink, far.To(w.At(w.Remote, 8080)).Hop(), isNew: true),
            Step.Forward(Uplink, far.To(w.At(w.Remote, 8080)).Hop().Error(w.OutsideToo, IcmpErrorKind.TooBig), Verdict.Peer, PodA,
                far.Hop().Error(w.OutsideToo, IcmpErrorKind.TooBig).Hop().ViaClient()),
            Step.Forward(PodA, FromFar(w).From(w.At(w.Far, 80)).Error(w.A, IcmpErrorKind.PortUnreachable), Verdict.Neighbour, Uplink,
                FromFar(w).Error(w.A, IcmpErrorKind.PortUnreachable).Hop()),
        ]);

        PacketSpec outside = Packet.Udp(w.At(w.Outside, 40000), w.At(w.Web, 53));
        PacketSpec toOutside = Packet.Udp(w.At(w.B, 5353), w.At(w.Outside, 40000), "pong");
        yield return ("from outside: a router on the client's side, and the VMI",
        [
            Step.Forward(Uplink, outside, Verdict.Peer, PodB, outside.To(w.At(w.B, 5353)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(Uplink, toOutside.From(w.At(w.Web, 53)).Hop().Error(w.OutsideToo, IcmpErrorKind.TooBig), Verdict.Peer, PodB,
                toOutside.Hop().Error(w.OutsideToo, IcmpErrorKind.TooBig).Hop().Via(MacsToB)),
            Step.Forward(PodB, outside.To(w.At(w.B, 5353)).Hop().Error(w.B, IcmpErrorKind.PortUnreachable), Verdict.Redirect, Uplink,
                outside.Hop().Error(w.Web, IcmpErrorKind.PortUnreachable).Hop().ViaClient()),
        ]);

        yield return ("made by the node itself: translated where it leaves",
            [open, Step.AtEgress(PodA, syn.To(w.At(w.B, 8080)).Error(w.Node, IcmpErrorKind.TooBig), syn.Error(w.Node, IcmpErrorKind.TooBig))]);
        yield return ("made by the node itself about an answer: the VMI knows it as it is",
            [open, Step.Pass(PodB, synAck.Error(w.Node, IcmpErrorKind.TooBig), PacketHook.Egress), Step.Pass(PodB, synAck.From(w.At(w.Web, 80)).Error(w.A, IcmpErrorKind.TooBig), PacketHook.Egress)]);
        yield return ("the quoted transport checksum follows where it is quoted",
        [
            open, Step.Forward(PodB, syn.To(w.At(w.B, 8080)).Error(w.B, IcmpErrorKind.PortUnreachable, 20), Verdict.Peer, PodA,
                syn.Error(w.Web, IcmpErrorKind.PortUnreachable, 20).Hop().ViaClient()),
        ]);
        PacketSpec odd = ask.WithPayload(17);
        yield return ("an odd number of bytes quoted",
        [
            Open(odd), Step.Forward(PodB, odd.To(w.At(w.B, 5353)).Error(w.B, IcmpErrorKind.PortUnreachable, 25), Verdict.Peer, PodA,
                odd.Error(w.Web, IcmpErrorKind.PortUnreachable, 25).Hop().ViaClient()),
        ]);
        PacketSpec big = syn.WithPayload(1300);
        yield return ("a quote of more than most send",
        [
            Open(big), Step.Forward(PodB, big.To(w.At(w.B, 8080)).Error(w.B, IcmpErrorKind.TooBig, 1200), Verdict.Peer, PodA,
                big.Error(w.Web, IcmpErrorKind.TooBig, 1200).Hop().ViaClient()),
        ]);
        PacketSpec padded = syn.To(w.At(w.B, 8080)).Error(w.B, IcmpErrorKind.PortUnreachable).WithTrailer(9);
        yield return ("Ethernet padding behind an error stays and is not summed",
            [open, Step.Forward(PodB, padded, Verdict.Peer, PodA, syn.Error(w.Web, IcmpErrorKind.PortUnreachable).WithTrailer(9).Hop().ViaClient())]);
        if (w.Family == IpFamily.IPv4)
        {
            PacketSpec bare = ask.WithoutUdpChecksum();
            yield return ("a quoted UDP checksum of 0 stays 0", [Open(bare), ToClient(bare, w.At(w.B, 5353), w.B, w.Web, IcmpErrorKind.PortUnreachable)]);
            PacketSpec optioned = syn with { IpOptions = [1, 1, 1, 0] };
            yield return ("IPv4 options in the quote are stepped over", [open, ToClient(optioned, w.At(w.B, 8080), w.B, w.Web, IcmpErrorKind.ParameterProblem)]);
            PacketSpec first = syn with { FragmentBits = IPv4Packet.MoreFragments };
            yield return ("a quoted first fragment has its ports", [open, ToClient(first, w.At(w.B, 8080), w.B, w.Web, IcmpErrorKind.TimeExceeded)]);
        }

        SendStep Open(PacketSpec packet) => Step.Forward(
            PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, packet.Protocol == IpProtocol.Tcp ? 8080 : 5353)).Hop().Via(MacsToB), isNew: true);
        SendStep ToClient(PacketSpec sent, string target, string sender, string floatingIp, IcmpErrorKind kind) => Step.Forward(
            PodB, sent.To(target).Hop().Error(sender, kind), Verdict.Peer, PodA, sent.Hop().Error(floatingIp, kind).Hop().ViaClient());
        SendStep ToVmi(PacketSpec answer, string sender, IcmpErrorKind kind) => Step.Forward(
            PodA, answer.From(w.At(w.Web, 80)).Hop().Error(sender, kind), Verdict.Peer, PodB, answer.Hop().Error(sender, kind).Hop().Via(MacsToB));
    }

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfStack(FixtureWorld w)
    {
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec synAck = Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), SynAck);
        PacketSpec about = syn.To(w.At(w.B, 8080));
        yield return ("stack mode: an error to the client passes to the stack and is translated where it leaves, the node's own alike",
        [
            Step.Forward(PodA, syn, Verdict.Stack, 0, about, isNew: true),
            Step.Pass(PodB, about.Error(w.B, IcmpErrorKind.PortUnreachable)),
            Step.AtEgress(PodA, about.Error(w.B, IcmpErrorKind.PortUnreachable), syn.Error(w.Web, IcmpErrorKind.PortUnreachable)),
            Step.AtEgress(PodA, about.Error(w.Node, IcmpErrorKind.TooBig), syn.Error(w.Node, IcmpErrorKind.TooBig)),
        ]);
        yield return ("stack mode: an error to the VMI is translated where it comes in and keeps its hops",
        [
            Step.Forward(PodA, syn, Verdict.Stack, 0, about, isNew: true),
            Step.Forward(PodA, synAck.From(w.At(w.Web, 80)).Error(w.A, IcmpErrorKind.TooBig) with { Ttl = 1 }, Verdict.Stack, 0,
                synAck.Error(w.A, IcmpErrorKind.TooBig) with { Ttl = 1 }),
            Step.Pass(PodB, synAck.Error(w.A, IcmpErrorKind.TooBig), PacketHook.Egress),
        ]);
    }

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfAnyMode(FixtureWorld w)
    {
        PacketSpec self = Packet.Tcp(w.At(w.A, 40000), w.At(w.Self, 80), TcpFlags.Syn);
        PacketSpec selfSeen = self.From(w.At(w.Self, 40000)).To(w.At(w.A, 8080));
        PacketSpec selfBack = Packet.Tcp(w.At(w.A, 8080), w.At(w.Self, 40000), SynAck);
        PacketSpec selfBackSeen = selfBack.From(w.At(w.Self, 80)).To(w.At(w.A, 40000));
        yield return ("errors of a hairpin flow, as client and as VMI",
        [
            Step.Forward(PodA, self, Verdict.Peer, PodA, selfSeen.Hop().Via(MacsToA), isNew: true),
            Step.Forward(PodA, selfSeen.Error(w.A, IcmpErrorKind.PortUnreachable), Verdict.Peer, PodA,
                self.Error(w.Self, IcmpErrorKind.PortUnreachable).Hop().ViaClient()),
            Step.Forward(PodA, selfBackSeen.Error(w.A, IcmpErrorKind.TooBig), Verdict.Peer, PodA,
                selfBack.Error(w.Self, IcmpErrorKind.TooBig).Hop().Via(MacsToA)),
        ]);

        PacketSpec transit = Packet.Udp(w.At(w.Outside, 40000), w.At(w.Far, 53));
        PacketSpec transitSeen = transit.From(w.At(w.Snat, 40000)).To(w.At(w.Remote, 5353));
        PacketSpec transitBack = Packet.Udp(w.At(w.Remote, 5353), w.At(w.Snat, 40000), "pong");
        PacketSpec transitBackSeen = transitBack.From(w.At(w.Far, 53)).To(w.At(w.Outside, 40000));
        yield return ("errors of a flow from outside to another node",
        [
            Step.Forward(Uplink, transit, Verdict.Neighbour, Uplink, transitSeen.Hop(), isNew: true),
            Step.Forward(Uplink, transitSeen.Error(w.Remote, IcmpErrorKind.PortUnreachable), Verdict.Redirect, Uplink,
                transit.Error(w.Far, IcmpErrorKind.PortUnreachable).Hop().ViaClient()),
            Step.Forward(Uplink, transitSeen.Error(w.OutsideToo, IcmpErrorKind.TooBig), Verdict.Redirect, Uplink,
                transit.Error(w.OutsideToo, IcmpErrorKind.TooBig).Hop().ViaClient()),
            Step.Forward(Uplink, transitBackSeen.Error(w.Outside, IcmpErrorKind.PortUnreachable), Verdict.Neighbour, Uplink,
                transitBack.Error(w.Snat, IcmpErrorKind.PortUnreachable).Hop()),
        ]);

        PacketSpec node = Packet.Tcp(w.At(w.Node, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec nodeBack = Packet.Tcp(w.At(w.B, 8080), w.At(w.Node, 40000), SynAck);
        yield return ("errors of a flow of the node's own process",
        [
            Step.Forward(NodePair, node, Verdict.Peer, PodB, node.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodB, node.To(w.At(w.B, 8080)).Error(w.B, IcmpErrorKind.PortUnreachable), Verdict.NodeIngress, NodeStack,
                node.Error(w.Web, IcmpErrorKind.PortUnreachable).Hop().ViaClient()),
            Step.Forward(Uplink, node.To(w.At(w.B, 8080)).Error(w.OutsideToo, IcmpErrorKind.TooBig), Verdict.NodeIngress, NodeStack,
                node.Error(w.Web, IcmpErrorKind.TooBig).Hop().ViaClient()),
            Step.Forward(NodePair, nodeBack.From(w.At(w.Web, 80)).Error(w.Node, IcmpErrorKind.PortUnreachable), Verdict.Peer, PodB,
                nodeBack.Error(w.Node, IcmpErrorKind.PortUnreachable).Hop().Via(MacsToB)),
        ]);

        PacketSpec own = Packet.Udp(w.At(w.Node, 40000), w.At(w.Host, 53));
        PacketSpec ownSeen = own.From(w.At(w.Host, 40000)).To(w.At(w.Node, 5353));
        yield return ("errors of a flow of the node to itself",
        [
            Step.Forward(NodePair, own, Verdict.NodeIngress, NodeStack, ownSeen.Hop().ViaClient(), isNew: true),
            Step.Forward(NodePair, ownSeen.Error(w.Node, IcmpErrorKind.PortUnreachable), Verdict.NodeIngress, NodeStack,
                own.Error(w.Host, IcmpErrorKind.PortUnreachable).Hop().ViaClient()),
        ]);

        PacketSpec host = Packet.Udp(w.At(w.A, 40000), w.At(w.Host, 53));
        PacketSpec hostBack = Packet.Udp(w.At(w.Node, 5353), w.At(w.A, 40000));
        yield return ("errors of a flow to a host-network back end",
        [
            Step.Forward(PodA, host, Verdict.Stack, 0, host.To(w.At(w.Node, 5353)), isNew: true),
            Step.AtEgress(PodA, host.To(w.At(w.Node, 5353)).Error(w.Node, IcmpErrorKind.PortUnreachable), host.Error(w.Host, IcmpErrorKind.PortUnreachable)),
            Step.Forward(PodA, hostBack.From(w.At(w.Host, 53)).Error(w.A, IcmpErrorKind.PortUnreachable), Verdict.Stack, 0,
                hostBack.Error(w.A, IcmpErrorKind.PortUnreachable)),
        ]);
    }

    private static PacketSpec FromFar(FixtureWorld w) => Packet.Tcp(w.At(w.Remote, 8080), w.At(w.A, 40000), SynAck);
}
