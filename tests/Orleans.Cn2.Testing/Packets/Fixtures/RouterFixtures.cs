using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>What a router says where the node forwards by itself: hops used up (4.2, 4.3 rule 10) and packets too big (section 6).</summary>
internal static class RouterFixtures
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfFast(FixtureWorld w)
    {
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec ack = syn with { Flags = TcpFlags.Ack };
        PacketSpec synAck = Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), SynAck);
        PacketSpec udp = Packet.Udp(w.At(w.Outside, 40000), w.At(w.Web, 53));
        SendStep open = ToB(syn, isNew: true);

        yield return ("no hop left and no flow: the node says so, TCP and UDP alike, and makes none",
        [
            Exceeded(PodA, syn with { Ttl = 1 }), Exceeded(PodA, syn with { Ttl = 0 }), Exceeded(Uplink, udp with { Ttl = 1 }), open,
        ]);
        yield return ("no hop left in a flow, there and back", [open, Exceeded(PodA, ack with { Ttl = 1 }), Exceeded(PodB, synAck with { Ttl = 0 })]);
        yield return ("no hop left in an RST of a flow: ICMP may answer it", [open, Exceeded(PodA, ack with { Flags = TcpFlags.Rst, Ttl = 1 }), ToB(syn)]);
        yield return ("no hop left from the node itself", [Step.Reject(
            NodePair, (syn with { Ttl = 1 }).From(w.At(w.Node, 7)), DropReason.TtlExceeded, (syn with { Ttl = 1 }).From(w.At(w.Node, 7)).TimeExceeded(w.Node), NodeStack)]);
        PacketSpec group = (syn with { Ttl = 1 }).WithMacs(PacketSpec.DefaultSourceMac, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        yield return ("no hop left in a link broadcast: silence", [Step.Drop(PodA, group, DropReason.TtlExceeded)]);
        PacketSpec data = Sized(ack, SmallMtu);
        PacketSpec more = Sized(ack, SmallMtu + 1);
        yield return ("one byte more than the VMI's interface carries: the sender is told, the flow goes on",
            [open, ToB(data), TooBig(PodA, more, SmallMtu), ToB(data)]);
        yield return ("a packet that is too big makes no flow", [TooBig(PodA, Sized(syn, 1500), SmallMtu), open]);
        yield return ("too big and no hop left: hops are looked at first", [Exceeded(PodA, Sized(syn with { Ttl = 1 }, 1500))]);
        yield return ("too big, from the node itself",
            [Step.Reject(NodePair, Sized(syn, 1500).From(w.At(w.Node, 7)), DropReason.PacketTooBig, Sized(syn, 1500).From(w.At(w.Node, 7)).TooBig(w.Node, SmallMtu), NodeStack)]);

        PacketSpec wan = Packet.Tcp(w.At(w.Outside, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec back = Sized(Packet.Tcp(w.At(w.B, 8080), w.At(w.Outside, 40000), SynAck), UplinkMtu);
        yield return ("an answer too big for the client's interface: the VMI is told about what it sent",
        [
            Step.Forward(Uplink, wan, Verdict.Peer, PodB, wan.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodB, back, Verdict.Redirect, Uplink, back.From(w.At(w.Web, 80)).Hop().ViaClient()),
            TooBig(PodB, Sized(back, UplinkMtu + 1), UplinkMtu),
        ]);
        PacketSpec far = Sized(Packet.Tcp(w.At(w.A, 40000), w.At(w.Far, 80), TcpFlags.Syn), UplinkMtu + 1);
        yield return ("too big for the way to another node", [TooBig(PodA, far, UplinkMtu)]);
        if (w.Family == IpFamily.IPv4)
        {
            PacketSpec cut = more with { FragmentBits = 0 };
            yield return ("without DF, a packet for a pod of the node goes whole", [open, ToB(cut)]);
            yield return ("without DF, a packet for another node is too big as well", [TooBig(PodA, far with { FragmentBits = 0 }, UplinkMtu)]);
        }

        SendStep Exceeded(int at, PacketSpec packet) => Step.Reject(at, packet, DropReason.TtlExceeded, packet.TimeExceeded(w.Node));
        SendStep TooBig(int at, PacketSpec packet, int mtu) => Step.Reject(at, packet, DropReason.PacketTooBig, packet.TooBig(w.Node, (uint)mtu));
        SendStep ToB(PacketSpec packet, bool isNew = false) =>
            Step.Forward(PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew);
    }

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfStack(FixtureWorld w)
    {
        PacketSpec syn = Sized(Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn), 1500);
        yield return ("stack mode leaves sizes to the stack", [Step.Forward(PodA, syn, Verdict.Stack, 0, syn.To(w.At(w.B, 8080)), isNew: true)]);
    }

    /// <summary>Filled up to a length in bytes from the IP header on.</summary>
    private static PacketSpec Sized(PacketSpec packet, int length) =>
        packet.WithPayload(length - (packet.WithPayload(0).Build().Length - EthernetFrame.HeaderLength));
}
