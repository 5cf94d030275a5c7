using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 4.6: ICMP errors that match no flow, or are not believed.</summary>
internal static class IcmpRefusalFixtures
{
    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        bool v4 = w.Family == IpFamily.IPv4;
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec sent = syn.To(w.At(w.B, 8080));
        PacketSpec answer = Packet.Tcp(w.At(w.Web, 80), w.At(w.A, 40000), TcpFlags.Syn | TcpFlags.Ack);
        PacketSpec toClient = sent.Error(w.B, IcmpErrorKind.TooBig);
        PacketSpec toVmi = answer.Error(w.A, IcmpErrorKind.TooBig);
        SendStep open = Step.Forward(PodA, syn, Verdict.Peer, PodB, sent.Hop().Via(MacsToB), isNew: true);
        ChangeStep moved = new(Change(w.Web, Path(w.Remote, 8080), Path(w.Remote, 5353)));

        yield return ("an error of no flow: dropped where it is for a FloatingIP, a passer-by elsewhere",
            [Step.Drop(PodA, toVmi, DropReason.IcmpNoFlow), Step.Pass(PodB, toClient), Step.Pass(PodA, toClient, PacketHook.Egress), Step.Pass(PodA, toVmi, PacketHook.Egress)]);
        yield return ("... out of the node's pair", [Step.Drop(NodePair, toClient, DropReason.NotTranslated)]);
        yield return ("an error that is not for who sent the quoted packet is of no flow",
        [
            open,
            Step.Pass(PodB, toClient with { Destination = IpAddress.Parse(w.Outside) }),
            Step.Drop(PodA, toVmi with { Destination = IpAddress.Parse(w.Far) }, DropReason.IcmpNoFlow),
        ]);
        yield return ("fewer than 8 bytes of transport quoted: of no flow",
            [open, Step.Drop(PodA, answer.Error(w.A, IcmpErrorKind.TooBig, 7), DropReason.IcmpNoFlow), Step.Pass(PodB, sent.Error(w.B, IcmpErrorKind.TooBig, 7))]);
        yield return ("... as the IP length says it", [open, Step.Drop(PodA, toVmi.WithLength(55), DropReason.IcmpNoFlow)]);
        yield return ("less than an IP header quoted", [open, Step.Drop(PodA, (toVmi with { Payload = toVmi.Payload[..19] }), DropReason.IcmpNoFlow)]);
        yield return ("nothing quoted", [open, Step.Drop(PodA, toVmi with { Payload = [] }, DropReason.IcmpNoFlow)]);
        yield return ("an error cut in its own header", [Step.Drop(PodA, (toVmi with { Payload = [] }).WithLength((ushort)(v4 ? 27 : 7)), DropReason.IcmpUnsupported)]);
        yield return ("an error whose IP length is beyond the frame",
            [open, Step.Drop(PodA, toVmi.WithLength(1400), DropReason.Malformed), Step.Pass(PodB, toClient.WithLength(1400))]);
        yield return ("a quote of another version or protocol is of no flow",
        [
            open,
            Step.Drop(PodA, toVmi with { Payload = [0x15, .. toVmi.Payload[1..]] }, DropReason.IcmpNoFlow),
            Step.Drop(PodA, Packet.Of(47, w.Web, w.A).WithPayload(30).Error(w.A, IcmpErrorKind.PortUnreachable), DropReason.IcmpNoFlow),
            Step.Drop(PodA, Packet.Echo(w.Web, w.A).Error(w.A, IcmpErrorKind.PortUnreachable), DropReason.IcmpNoFlow),
        ]);
        yield return ("a wrong checksum in an error of a flow",
            [open, Step.Drop(PodB, toClient.WithL4Byte(7, 0x99), DropReason.BadIcmpError), Step.Drop(PodA, toVmi.WithL4Byte(2, 0x99), DropReason.BadIcmpError)]);
        yield return ("... of no flow matters to nobody", [Step.Pass(PodB, toClient.WithL4Byte(7, 0x99)), Step.Drop(PodA, toVmi.WithL4Byte(2, 0x99), DropReason.IcmpNoFlow)]);
        PacketSpec huge = syn.WithPayload(2100);
        yield return ("an error longer than any should be",
            [open, Step.Drop(PodB, huge.To(w.At(w.B, 8080)).Error(w.B, IcmpErrorKind.TooBig, 2001 + (v4 ? 20 : 0)), DropReason.BadIcmpError)]);
        yield return ("the longest that is believed",
        [
            open, Step.Forward(PodB, huge.To(w.At(w.B, 8080)).Error(w.B, IcmpErrorKind.TooBig, 2000 + (v4 ? 20 : 0)), Verdict.Peer, PodA,
                huge.Error(w.Web, IcmpErrorKind.TooBig, 2000 + (v4 ? 20 : 0)).Hop().ViaClient()),
        ]);
        yield return ("an error from an impossible source",
            [open, Step.Drop(PodB, sent.Error(v4 ? "127.0.0.1" : "::1", IcmpErrorKind.TooBig), DropReason.MartianSource), Step.Drop(Uplink, sent.Error(w.Far, IcmpErrorKind.TooBig), DropReason.MartianSource)]);
        yield return ("a checked pod sends an error as another", [open, Step.Drop(PodA, answer.Error(w.Outside, IcmpErrorKind.TooBig), DropReason.SpoofedSource)]);
        yield return ("an error with no hop left is dropped in silence",
            [open, Step.Drop(PodB, toClient with { Ttl = 1 }, DropReason.TtlExceeded), Step.Drop(PodA, toVmi with { Ttl = 0 }, DropReason.TtlExceeded)]);
        yield return ("an error of a path that is gone: to the client it passes, to the VMI it is dropped",
            [open, moved, Step.Pass(PodB, toClient), Step.Drop(PodA, toVmi, DropReason.PathGone)]);
        yield return ("an error of a path that is gone leaves the flow: its packets are answered as before",
            [open, moved, Step.Drop(PodA, toVmi, DropReason.PathGone), Step.Reject(PodA, syn with { Flags = TcpFlags.Ack }, DropReason.PathGone, (syn with { Flags = TcpFlags.Ack }).Rst())]);
        yield return ("an error ends no flow",
        [
            open, Step.Forward(PodB, sent.Error(w.B, IcmpErrorKind.PortUnreachable), Verdict.Peer, PodA, syn.Error(w.Web, IcmpErrorKind.PortUnreachable).Hop().ViaClient()),
            Step.Forward(PodA, syn, Verdict.Peer, PodB, sent.Hop().Via(MacsToB)),
        ]);
        yield return ("redirects and other messages are no errors",
            [open, Step.Drop(PodA, toVmi with { IcmpType = (byte)(v4 ? 5 : 137) }, DropReason.IcmpUnsupported), Step.Pass(PodB, toClient with { IcmpType = (byte)(v4 ? 4 : 5) })]);
        if (v4)
        {
            yield return ("a wrong IP header checksum in an error of a flow", [open, Step.Drop(PodB, toClient.WithL3Byte(4, 0x99), DropReason.BadIcmpError)]);
            PacketSpec later = answer with { FragmentBits = 0x0010 };
            yield return ("a quoted later fragment has no ports", [open, Step.Drop(PodA, later.Error(w.A, IcmpErrorKind.TimeExceeded), DropReason.IcmpNoFlow)]);
            yield return ("a quoted header length below 20", [open, Step.Drop(PodA, toVmi with { Payload = [0x44, .. toVmi.Payload[1..]] }, DropReason.IcmpNoFlow)]);
        }
    }
}
