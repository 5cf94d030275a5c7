using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 4.4: what the fast parse doesn't take.</summary>
internal static class OtherPacketFixtures
{
    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        bool v4 = w.Family == IpFamily.IPv4;
        PacketSpec tcp = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec echo = Packet.Echo(w.A, w.Web);
        PacketSpec reply = echo.Reversed() with { IcmpType = v4 ? IcmpMessage.EchoReply : IcmpMessage.EchoReplyV6 };

        yield return ("frames that are not IP pass, save out of the node's pair",
            [Step.Pass(PodA, tcp.With(Arp)), Step.Pass(Uplink, tcp.With(Arp), PacketHook.Egress), Step.Drop(NodePair, tcp.With(Arp), DropReason.NotTranslated)]);
        yield return ("an IP header that is cut short passes", [Step.Pass(PodA, tcp.Cut(v4 ? 19 : 39)), Step.Pass(PodA, tcp.Cut(0))]);
        yield return ("another version in the header", [Step.Drop(PodA, tcp.WithL3Byte(0, 0x55), DropReason.Malformed)]);
        yield return ("... of a passer-by", [Step.Pass(PodA, tcp.To(w.At(w.B, 80)).WithL3Byte(0, 0x55))]);
        yield return ("... at egress", [Step.Pass(PodA, tcp.WithL3Byte(0, 0x55), PacketHook.Egress)]);
        yield return ("a transport header that is cut short",
        [
            Step.Drop(PodA, tcp.Cut((v4 ? 20 : 40) + 19).WithLength((ushort)(v4 ? 39 : 19)), DropReason.Malformed),
            Step.Drop(PodA, Packet.Udp(w.At(w.A, 1), w.At(w.Web, 53)).Cut((v4 ? 20 : 40) + 7).WithLength((ushort)(v4 ? 27 : 7)), DropReason.Malformed),
            Step.Drop(
                PodA,
                Packet.Sctp(w.At(w.A, 1), w.At(w.Web, SctpPort), SctpChunkType.Init).Cut((v4 ? 20 : 40) + 15).WithLength((ushort)(v4 ? 35 : 15)),
                DropReason.Malformed),
        ]);
        yield return ("sources are looked at before protocols", [Step.Drop(PodA, echo with { Source = IpAddress.Parse(w.B) }, DropReason.SpoofedSource)]);
        yield return ("echo to an address nobody has", [Step.Drop(PodA, echo with { Destination = IpAddress.Parse(w.Unallocated) }, DropReason.Unallocated)]);
        yield return ("echo is answered, endpoints or not", [Answer(echo, reply), Answer(To(echo, w.Empty), To(echo, w.Empty).Reversed() with { IcmpType = reply.IcmpType })]);
        yield return ("echo with an odd payload and TTL 1", [Answer(echo.WithPayload(63) with { Ttl = 1 }, reply.WithPayload(63))]);
        yield return ("echo from the node itself", [new SendStep(PacketHook.Ingress, NodePair, echo with { Source = IpAddress.Parse(w.Node) },
            Verdict.Echo, DropReason.None, NodeStack, false, reply with { Destination = IpAddress.Parse(w.Node) })]);
        yield return ("other ICMP", [Step.Drop(PodA, echo with { IcmpType = 13 }, DropReason.IcmpUnsupported), Step.Drop(PodA, reply with { Source = echo.Source, Destination = echo.Destination }, DropReason.IcmpUnsupported)]);
        yield return ("an echo that is cut short", [Step.Drop(PodA, echo.WithPayload(0).WithLength((ushort)(v4 ? 27 : 7)), DropReason.IcmpUnsupported)]);

        PacketSpec gre = Packet.Of(47, w.A, w.Web).WithPayload(30);
        PacketSpec bare = Packet.Of(254, w.A, w.Web).WithPayload(3);
        yield return ("any other protocol is rejected by ICMP", [Step.Reject(PodA, gre, DropReason.NoSuchPort, gre.Unreachable()), Step.Reject(PodA, bare, DropReason.NoSuchPort, bare.Unreachable())]);
        PacketSpec lite = Packet.Of(IpProtocol.UdpLite, w.A, w.Web).WithPayload(20);
        yield return ("UDP-Lite has no services; between others it passes",
            [Step.Reject(PodA, lite, DropReason.NoSuchPort, lite.Unreachable()), Step.Pass(PodA, lite with { Destination = IpAddress.Parse(w.B) })]);
        PacketSpec foreign = Packet.Of(v4 ? IpProtocol.IcmpV6 : IpProtocol.Icmp, w.A, w.Web) with { IcmpType = 8 };
        yield return ("ICMP of the other family is such a protocol", [Step.Reject(PodA, foreign, DropReason.NoSuchPort, foreign.Unreachable())]);

        if (v4)
        {
            yield return ("IPv4 header length below 20 or beyond the frame", [Step.Drop(PodA, tcp.WithL3Byte(0, 0x44), DropReason.Malformed), Step.Drop(PodA, tcp.WithL3Byte(0, 0x4f), DropReason.Malformed)]);
            yield return ("a reserved flag and no DF are no fragment",
                [Step.Forward(PodA, tcp with { FragmentBits = 0x8000 }, Verdict.Peer, PodB, (tcp with { FragmentBits = 0x8000 }).To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true)]);
        }
        else
        {
            PacketSpec nothing = Packet.Of(IpProtocol.NoNextHeader, w.A, w.Web);
            yield return ("no next header is a protocol without a port", [Step.Reject(PodA, nothing, DropReason.NoSuchPort, nothing.Unreachable())]);
        }

        SendStep Answer(PacketSpec packet, PacketSpec answer) => new(PacketHook.Ingress, PodA, packet, Verdict.Echo, DropReason.None, PodA, false, answer);
        static PacketSpec To(PacketSpec packet, string address) => packet with { Destination = IpAddress.Parse(address) };
        static byte[] Arp(byte[] frame)
        {
            (frame[12], frame[13]) = (EtherType.Arp >> 8, EtherType.Arp & 0xff);
            return frame;
        }
    }
}
