using System.Collections.Immutable;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 4.2: answers follow a client that comes another way than before.</summary>
internal static class WayBackFixtures
{
    private static readonly ImmutableArray<byte> OtherClient = [0x02, 0, 0, 0, 0, 0x11];
    private static readonly ImmutableArray<byte> OtherNode = [0x02, 0, 0, 0, 0, 0x12];

    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        PacketSpec udp = Packet.Udp(w.At(w.C, 40000), w.At(w.Web, 53));
        PacketSpec syn = Packet.Tcp(w.At(w.Outside, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec ack = syn with { Flags = TcpFlags.Ack };
        FixtureStep[] established = [ToB(Uplink, syn, isNew: true), Back(syn, Verdict.Redirect, Uplink), ToB(Uplink, ack)];

        yield return ("a pod that is made anew with its address: answers go to its new interface, of a fixed UDP source port too",
        [
            ToB(PodC, udp, isNew: true), Back(udp, Verdict.Peer, PodC), ToB(PodB, Moved(udp)), Back(Moved(udp), Verdict.Peer, PodB), ToB(PodC, udp), Back(udp, Verdict.Peer, PodC),
        ]);
        yield return ("a router that fails over to another MAC: the next packet takes the answers with it",
            [.. established, ToB(Uplink, Moved(ack)), Back(Moved(ack), Verdict.Redirect, Uplink), Back(Moved(ack), Verdict.Redirect, Uplink)]);
        yield return ("... behind extension headers or options too",
        [
            .. established, ToB(Uplink, WithHeaders(Moved(ack))), Back(Moved(ack), Verdict.Redirect, Uplink),
        ]);
        yield return ("who may not send from an address can't draw its answers away",
            [.. established, Step.Drop(PodA, Moved(ack), DropReason.SpoofedSource), Back(ack, Verdict.Redirect, Uplink), ToB(Uplink, ack)]);
        yield return ("a hop that is used up does not keep answers from following",
            [.. established, Step.Reject(Uplink, Late(Moved(ack)), DropReason.TtlExceeded, Late(Moved(ack)).TimeExceeded(w.Node)), Back(Moved(ack), Verdict.Redirect, Uplink)]);

        PacketSpec ask = Packet.Udp(w.At(w.Outside, 40000), w.At(w.Web, 53));
        yield return ("TCP of a client that comes from outside and then from a pod stays, UDP begins anew: a flow is shaped by where its client is",
        [
            .. established, ToB(PodC, Moved(ack)), Back(Moved(ack), Verdict.Peer, PodC),
            ToB(Uplink, ask, isNew: true), Back(ask, Verdict.Redirect, Uplink), ToB(PodC, Moved(ask), isNew: true), Back(Moved(ask), Verdict.Peer, PodC),
        ]);

        PacketSpec far = Packet.Udp(w.At(w.C, 40000), w.At(w.Far, 53));
        yield return ("... so it gets the source address that its answers need",
        [
            Step.Forward(PodC, far, Verdict.Neighbour, Uplink, far.To(w.At(w.Remote, 5353)).Hop(), isNew: true),
            Step.Forward(Uplink, Moved(far), Verdict.Neighbour, Uplink, Moved(far).From(w.At(w.Snat, 40000)).To(w.At(w.Remote, 5353)).Hop(), isNew: true),
        ]);

        SendStep ToB(int from, PacketSpec packet, bool isNew = false) => Step.Forward(
            from, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, packet.Protocol == IpProtocol.Tcp ? 8080 : 5353)).Hop().Via(MacsToB), isNew);
        SendStep Back(PacketSpec packet, Verdict verdict, int target)
        {
            PacketSpec answer = packet.Reversed().WithMacs(PacketSpec.DefaultSourceMac, PacketSpec.DefaultDestinationMac) with { Flags = packet.IsTcp() ? TcpFlags.Ack : TcpFlags.None };
            return Step.Forward(
                PodB, answer.From(w.At(w.B, packet.Protocol == IpProtocol.Tcp ? 8080 : 5353)), verdict, target, answer.Hop().WithMacs(packet.DestinationMac, packet.SourceMac));
        }

        PacketSpec WithHeaders(PacketSpec packet) => w.Family == Core.Addressing.IpFamily.IPv4
            ? packet with { IpOptions = [1, 1, 1, 0] }
            : packet with { Extensions = [IpProtocol.DestinationOptions] };
        static PacketSpec Moved(PacketSpec packet) => packet.WithMacs(OtherClient, OtherNode);
        static PacketSpec Late(PacketSpec packet) => packet with { Ttl = 1 };
    }

    private static bool IsTcp(this PacketSpec packet) => packet.Protocol == IpProtocol.Tcp;
}
