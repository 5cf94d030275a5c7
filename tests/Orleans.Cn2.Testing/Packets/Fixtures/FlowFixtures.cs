using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Sections 3, 5 and 6: every kind of flow, there and back.</summary>
internal static class FlowFixtures
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfFast(FixtureWorld w)
    {
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec synAck = Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), SynAck);
        PacketSpec data = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Ack | TcpFlags.Psh).WithPayload(33);
        yield return ("TCP from a pod to a pod of the node: destination there, source back, MACs of each side, one hop less",
        [
            Step.Forward(PodA, syn, Verdict.Peer, PodB, syn.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodB, synAck, Verdict.Peer, PodA, synAck.From(w.At(w.Web, 80)).Hop().ViaClient()),
            Step.Forward(PodA, data, Verdict.Peer, PodB, data.To(w.At(w.B, 8080)).Hop().Via(MacsToB)),
            Step.Forward(PodB, synAck.WithPayload(1001), Verdict.Peer, PodA, synAck.WithPayload(1001).From(w.At(w.Web, 80)).Hop().ViaClient()),
        ]);

        PacketSpec ask = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53));
        PacketSpec answer = Packet.Udp(w.At(w.B, 5353), w.At(w.A, 40000), "pong!");
        yield return ("UDP from a pod to a pod of the node",
        [
            Step.Forward(PodA, ask, Verdict.Peer, PodB, ask.To(w.At(w.B, 5353)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodB, answer, Verdict.Peer, PodA, answer.From(w.At(w.Web, 53)).Hop().ViaClient()),
            Step.Forward(PodA, ask, Verdict.Peer, PodB, ask.To(w.At(w.B, 5353)).Hop().Via(MacsToB)),
        ]);

        PacketSpec far = Packet.Tcp(w.At(w.A, 40000), w.At(w.Far, 80), TcpFlags.Syn);
        PacketSpec fromFar = Packet.Tcp(w.At(w.Remote, 8080), w.At(w.A, 40000), SynAck);
        yield return ("from a pod to a pod of another node: out of the uplink with the MACs left to the neighbour",
        [
            Step.Forward(PodA, far, Verdict.Neighbour, Uplink, far.To(w.At(w.Remote, 8080)).Hop(), isNew: true),
            Step.Forward(Uplink, fromFar, Verdict.Peer, PodA, fromFar.From(w.At(w.Far, 80)).Hop().ViaClient()),
        ]);

        PacketSpec outside = Packet.Tcp(w.At(w.Outside, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec toOutside = Packet.Tcp(w.At(w.B, 8080), w.At(w.Outside, 40000), SynAck);
        yield return ("from outside to a pod of the node: the client's address is kept",
        [
            Step.Forward(Uplink, outside, Verdict.Peer, PodB, outside.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodB, toOutside, Verdict.Redirect, Uplink, toOutside.From(w.At(w.Web, 80)).Hop().ViaClient()),
        ]);

        PacketSpec alike = Packet.Tcp(w.At(w.A, 40000), w.At(w.Alike, 80), TcpFlags.Syn);
        PacketSpec alikeAck = Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), SynAck);
        yield return ("a FloatingIP whose address sums to what its VMI's does: the checksums follow the ports alone",
        [
            Step.Forward(PodA, alike, Verdict.Peer, PodB, alike.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodB, alikeAck, Verdict.Peer, PodA, alikeAck.From(w.At(w.Alike, 80)).Hop().ViaClient()),
            Step.Forward(PodA, alike with { Flags = TcpFlags.Ack }, Verdict.Peer, PodB, (alike with { Flags = TcpFlags.Ack }).To(w.At(w.B, 8080)).Hop().Via(MacsToB)),
        ]);

        PacketSpec padded = data.WithTrailer(6);
        yield return ("Ethernet padding behind the packet stays",
            [Step.Forward(PodA, padded, Verdict.Peer, PodB, padded.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true)]);

        PacketSpec zero = SummingToZero(ask, ask.To(w.At(w.B, 5353)));
        yield return ("a UDP checksum that computes to 0 becomes 0xffff",
        [
            Step.Forward(PodA, zero, Verdict.Peer, PodB, zero.To(w.At(w.B, 5353)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodA, zero, Verdict.Peer, PodB, zero.To(w.At(w.B, 5353)).Hop().Via(MacsToB)),
        ]);

        if (w.Family == IpFamily.IPv4)
        {
            PacketSpec unchecked4 = ask.WithoutUdpChecksum();
            yield return ("a UDP checksum of 0 stays 0 over IPv4",
                [Step.Forward(PodA, unchecked4, Verdict.Peer, PodB, unchecked4.To(w.At(w.B, 5353)).Hop().Via(MacsToB), isNew: true)]);
        }
    }

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfStack(FixtureWorld w)
    {
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec synAck = Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), SynAck);
        yield return ("stack mode: the stack routes, the way back is translated at the client's egress and at no ingress",
        [
            Step.Forward(PodA, syn, Verdict.Stack, 0, syn.To(w.At(w.B, 8080)), isNew: true),
            Step.Pass(PodB, synAck),
            Step.AtEgress(PodA, synAck, synAck.From(w.At(w.Web, 80))),
            Step.Pass(PodB, syn, PacketHook.Egress),
        ]);

        PacketSpec last = syn with { Ttl = 1 };
        yield return ("stack mode leaves hops to the stack", [Step.Forward(PodA, last, Verdict.Stack, 0, last.To(w.At(w.B, 8080)), isNew: true)]);
    }

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfAnyMode(FixtureWorld w)
    {
        PacketSpec self = Packet.Tcp(w.At(w.A, 40000), w.At(w.Self, 80), TcpFlags.Syn);
        PacketSpec selfBack = Packet.Tcp(w.At(w.A, 8080), w.At(w.Self, 40000), SynAck);
        yield return ("hairpin: a VMI that chose itself sees the FloatingIP as its peer",
        [
            Step.Forward(PodA, self, Verdict.Peer, PodA, self.From(w.At(w.Self, 40000)).To(w.At(w.A, 8080)).Hop().Via(MacsToA), isNew: true),
            Step.Forward(PodA, selfBack, Verdict.Peer, PodA, selfBack.From(w.At(w.Self, 80)).To(w.At(w.A, 40000)).Hop().ViaClient()),
        ]);

        PacketSpec fresh = Packet.Tcp(w.At(w.C, 40000), w.At(w.Fresh, 80), TcpFlags.Syn);
        PacketSpec freshBack = Packet.Tcp(w.At(w.C, 8080), w.At(w.Fresh, 40000), SynAck);
        yield return ("hairpin of a pod whose MAC is not known yet: a pod of this node all the same",
        [
            Step.Forward(PodC, fresh, Verdict.Neighbour, PodC, fresh.From(w.At(w.Fresh, 40000)).To(w.At(w.C, 8080)).Hop(), isNew: true),
            Step.Forward(PodC, freshBack, Verdict.Peer, PodC, freshBack.From(w.At(w.Fresh, 80)).To(w.At(w.C, 40000)).Hop().ViaClient()),
        ]);

        PacketSpec transit = Packet.Udp(w.At(w.Outside, 40000), w.At(w.Far, 53));
        PacketSpec transitBack = Packet.Udp(w.At(w.Remote, 5353), w.At(w.Snat, 40000), "pong");
        PacketSpec other = Packet.Udp(w.At(w.OutsideToo, 40000), w.At(w.Far, 53));
        ushort port = PortTry(other, 1);
        yield return ("from outside to another node: source is the node's SNAT address, its port kept if free, else chosen by the hash",
        [
            Step.Forward(Uplink, transit, Verdict.Neighbour, Uplink, transit.From(w.At(w.Snat, 40000)).To(w.At(w.Remote, 5353)).Hop(), isNew: true),
            Step.Forward(Uplink, transitBack, Verdict.Redirect, Uplink,
                transitBack.From(w.At(w.Far, 53)).To(w.At(w.Outside, 40000)).Hop().ViaClient()),
            Step.Forward(Uplink, other, Verdict.Neighbour, Uplink, other.From(w.At(w.Snat, port)).To(w.At(w.Remote, 5353)).Hop(), isNew: true),
            Step.Forward(Uplink, transitBack.To(w.At(w.Snat, port)), Verdict.Redirect, Uplink,
                transitBack.From(w.At(w.Far, 53)).To(w.At(w.OutsideToo, 40000)).Hop().ViaClient()),
        ]);

        PacketSpec node = Packet.Tcp(w.At(w.Node, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec nodeBack = Packet.Tcp(w.At(w.B, 8080), w.At(w.Node, 40000), SynAck);
        yield return ("the node's own process to a pod: back into the node's pair",
        [
            Step.Forward(NodePair, node, Verdict.Peer, PodB, node.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodB, nodeBack, Verdict.NodeIngress, NodeStack, nodeBack.From(w.At(w.Web, 80)).Hop().ViaClient()),
        ]);

        PacketSpec own = Packet.Tcp(w.At(w.Node, 40000), w.At(w.Host, 80), TcpFlags.Syn);
        PacketSpec ownBack = Packet.Tcp(w.At(w.Node, 8080), w.At(w.Host, 40000), SynAck);
        yield return ("the node's own process to a host-network back end of the node: both ways through the pair, the FloatingIP as source",
        [
            Step.Forward(NodePair, own, Verdict.NodeIngress, NodeStack,
                own.From(w.At(w.Host, 40000)).To(w.At(w.Node, 8080)).Hop().ViaClient(), isNew: true),
            Step.Forward(NodePair, ownBack, Verdict.NodeIngress, NodeStack,
                ownBack.From(w.At(w.Host, 80)).To(w.At(w.Node, 40000)).Hop().ViaClient()),
        ]);

        PacketSpec host = Packet.Tcp(w.At(w.A, 40000), w.At(w.Host, 80), TcpFlags.Syn);
        PacketSpec hostBack = Packet.Tcp(w.At(w.Node, 8080), w.At(w.A, 40000), SynAck);
        yield return ("from a pod to a host-network back end: through the stack, back at the pod's egress",
        [
            Step.Forward(PodA, host, Verdict.Stack, 0, host.To(w.At(w.Node, 8080)), isNew: true),
            Step.AtEgress(PodA, hostBack, hostBack.From(w.At(w.Host, 80))),
        ]);
    }

    /// <summary>A packet with a payload by which the checksum of its translated form is 0: its own complement beside it.</summary>
    private static PacketSpec SummingToZero(PacketSpec packet, PacketSpec translated)
    {
        byte[] frame = (translated with { Payload = [0, 0] }).Build();
        return packet with { Payload = [.. frame[^4..^2]] };
    }

    /// <summary>The port of try <paramref name="i"/> when the packet's own is taken (section 3, insertion).</summary>
    internal static ushort PortTry(PacketSpec packet, uint i)
    {
        ulong hash = FlowHash.OfTuple(
            HashKey, packet.Source, packet.Destination, packet.SourcePort, packet.DestinationPort, (TransportProtocol)packet.Protocol);
        return (ushort)(1024 + (unchecked((uint)hash + (i * 2654435761)) % 64512));
    }
}
