using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 4.3: packets that are no flow's and don't begin one.</summary>
internal static class RefusalFixtures
{
    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        bool v4 = w.Family == IpFamily.IPv4;
        PacketSpec tcp = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn).WithPayload(12);
        PacketSpec udp = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53));
        ushort ip = (ushort)(v4 ? 20 : 0);

        PacketSpec pod = Packet.Tcp(w.At(w.A, 40000), w.At(w.B, 8080), TcpFlags.Syn);
        yield return ("a packet for nobody's FloatingIP passes", [Step.Pass(PodA, pod), Step.Pass(Uplink, pod), Step.Pass(PodA, pod, PacketHook.Egress)]);
        yield return ("... whatever is wrong with it", [Step.Pass(PodA, pod.WithDataOffset(2).WithLength(3)), Step.Pass(PodA, pod with { Flags = 0, Ttl = 0 })]);
        yield return ("... but not out of the node's pair", [Step.Drop(NodePair, pod, DropReason.NotTranslated)]);
        yield return ("new flows begin at ingress alone", [Step.Pass(PodA, tcp, PacketHook.Egress)]);

        yield return ("IP length below the transport's header", [Malformed(tcp.WithLength((ushort)(ip + 19))), Malformed(udp.WithLength((ushort)(ip + 7)))]);
        yield return ("IP length beyond the frame", [Malformed(tcp.WithLength((ushort)(ip + 33))), Malformed(udp.WithLength(0xffff))]);
        yield return ("TCP data offset below 5 or beyond the packet", [Malformed(tcp.WithDataOffset(4)), Malformed(tcp.WithDataOffset(9)), Malformed(tcp.WithDataOffset(0))]);
        yield return ("UDP length below 8 or beyond the packet", [Malformed(udp.WithUdpLength(7)), Malformed(udp.WithUdpLength(13))]);
        if (!v4)
        {
            yield return ("UDP without checksum over IPv6", [Malformed(udp.WithoutUdpChecksum())]);
        }

        foreach (string source in v4 ? (string[])["0.0.0.0", "127.0.0.1", "224.0.0.1", "239.255.255.255", "255.255.255.255"] : ["::", "::1", "ff02::1"])
        {
            yield return ($"source {source}", [Step.Drop(PodB, tcp.From(w.At(source, 40000)), DropReason.MartianSource)]);
        }

        yield return ("source is a FloatingIP or in a service subnet",
            [Step.Drop(PodB, tcp.From(w.At(w.Self, 40000)), DropReason.MartianSource), Step.Drop(Uplink, tcp.From(w.At(w.Unallocated, 1)), DropReason.MartianSource)]);
        yield return ("a checked pod sends from another's address", [Step.Drop(PodA, tcp.From(w.At(w.Outside, 40000)), DropReason.SpoofedSource)]);
        yield return ("an unchecked pod may", [new SendStep(
            PacketHook.Ingress, PodB, tcp.From(w.At(w.Outside, 4)), Verdict.Peer, DropReason.None, PodB, true, tcp.From(w.At(w.Outside, 4)).To(w.At(w.B, 8080)).Hop().Via(MacsToB))]);
        yield return ("an address of a service subnet that nobody has", [Step.Drop(PodA, tcp.To(w.At(w.Unallocated, 80)), DropReason.Unallocated)]);
        yield return ("TCP flags that no segment has",
        [
            .. new[] { TcpFlags.None, TcpFlags.Psh | TcpFlags.Urg, TcpFlags.Syn | TcpFlags.Fin, TcpFlags.Syn | TcpFlags.Rst, TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Ack }
                .Select(flags => Step.Drop(PodA, tcp with { Flags = flags }, DropReason.BadTcpFlags)),
        ]);

        PacketSpec port = tcp.To(w.At(w.Web, 81));
        PacketSpec udpPort = udp.To(w.At(w.Web, 54)).WithPayload(400);
        yield return ("no such port: RST", [Step.Reject(PodA, port, DropReason.NoSuchPort, port.Rst())]);
        PacketSpec midStream = port with { Flags = TcpFlags.Ack | TcpFlags.Fin, Acknowledgment = 0x7766_5544, TcpOptions = [1, 1, 1, 0] };
        yield return ("no such port: RST takes its sequence from an ACK", [Step.Reject(PodA, midStream, DropReason.NoSuchPort, midStream.Rst())]);
        PacketSpec wraps = port with { Sequence = 0xffff_fffe, Flags = TcpFlags.Fin };
        yield return ("no such port: the acknowledged sequence wraps", [Step.Reject(PodA, wraps, DropReason.NoSuchPort, wraps.Rst())]);
        yield return ("no such port: ICMP quotes 8 bytes", [Step.Reject(Uplink, udpPort.From(w.At(w.Outside, 5)), DropReason.NoSuchPort, udpPort.From(w.At(w.Outside, 5)).Unreachable())]);
        PacketSpec empty = udp.To(w.At(w.Web, 54)).WithPayload(0);
        yield return ("no such port: ICMP is longer than the packet it answers", [Step.Reject(PodA, empty, DropReason.NoSuchPort, empty.Unreachable())]);
        yield return ("no such port from the node itself: the answer goes to its own pair",
            [Step.Reject(NodePair, port.From(w.At(w.Node, 7)), DropReason.NoSuchPort, port.From(w.At(w.Node, 7)).Rst(), NodeStack)]);
        yield return ("RST is never answered", [Step.Drop(PodA, port with { Flags = TcpFlags.Rst }, DropReason.NoSuchPort)]);
        PacketSpec group = port.WithMacs(PacketSpec.DefaultSourceMac, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        yield return ("a link broadcast is never answered", [Step.Drop(PodA, group, DropReason.NoSuchPort)]);
        yield return ("RST without a flow", [Step.Drop(PodA, tcp with { Flags = TcpFlags.Rst }, DropReason.NoFlow)]);

        PacketSpec dead = tcp.To(w.At(w.Empty, 80));
        PacketSpec deadUdp = udp.To(w.At(w.Empty, 53));
        yield return ("no endpoints",
            [Step.Reject(PodA, dead, DropReason.NoEndpoints, dead.Rst()), Step.Reject(PodA, deadUdp, DropReason.NoEndpoints, deadUdp.Unreachable())]);
        yield return ("no local endpoints: silence",
            [Step.Drop(PodA, tcp.To(w.At(w.Local, 80)), DropReason.NoLocalEndpoints), Step.Drop(PodA, udp.To(w.At(w.Local, 53)), DropReason.NoLocalEndpoints)]);
        yield return ("a VMI without a next hop", [Step.Drop(PodA, tcp.To(w.At(w.NoHop, 80)), DropReason.NoNextHop)]);
        PacketSpec middle = tcp with { Flags = TcpFlags.Ack };
        yield return ("mid-stream TCP makes its flow", [Step.Forward(PodA, middle, Verdict.Peer, PodB, middle.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true)]);

        static SendStep Malformed(PacketSpec packet) => Step.Drop(PodA, packet, DropReason.Malformed);
    }
}
