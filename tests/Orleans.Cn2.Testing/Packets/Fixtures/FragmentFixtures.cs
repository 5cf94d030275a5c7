using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 4.5: datagrams that come in pieces.</summary>
internal static class FragmentFixtures
{
    private const int Whole = 2_008;

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfFast(FixtureWorld w)
    {
        PacketSpec ask = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53)).WithPayload(2_000);
        PacketSpec asked = ask.To(w.At(w.B, 5353)).Hop().Via(MacsToB);
        PacketSpec answer = Packet.Udp(w.At(w.B, 5353), w.At(w.A, 40000)).WithPayload(2_000);
        PacketSpec answered = answer.From(w.At(w.Web, 53)).Hop().ViaClient();
        yield return ("a datagram in three pieces there and in two back: ports and checksum are the first's alone",
        [
            To(ask.Piece(0, 1_000, true), asked.Piece(0, 1_000, true), isNew: true),
            To(ask.Piece(1_000, 1_400, true), asked.Piece(1_000, 1_400, true)),
            To(ask.Piece(1_400, Whole, false), asked.Piece(1_400, Whole, false)),
            Back(answer.Piece(0, 1_400, true, 7), answered.Piece(0, 1_400, true, 7)),
            Back(answer.Piece(1_400, Whole, false, 7), answered.Piece(1_400, Whole, false, 7)),
            To(ask.Piece(0, 1_400, true, 9), asked.Piece(0, 1_400, true, 9)),
            To(ask.Piece(1_400, Whole, false, 9), asked.Piece(1_400, Whole, false, 9)),
        ]);

        FixtureStep open = To(ask.Piece(0, 1_000, true), asked.Piece(0, 1_000, true), isNew: true);
        yield return ("the first fragment's header is never overwritten (a known defect of OpenSDN): a later one that covers it ends the datagram",
        [
            To(ask.Piece(0, 800, true), asked.Piece(0, 800, true), isNew: true),
            Step.Drop(PodA, ask.Piece(0, 1_000, true), DropReason.FragmentOverlap),
            Step.Drop(PodA, ask.Piece(1_000, Whole, false), DropReason.Fragment),
        ]);
        yield return ("an overlap ends the datagram", [open, Step.Drop(PodA, ask.Piece(992, Whole, false), DropReason.FragmentOverlap), Step.Drop(PodA, ask.Piece(1_000, Whole, false), DropReason.Fragment)]);
        yield return ("a duplicate is dropped alone",
        [
            open,
            To(ask.Piece(1_000, 1_400, true), asked.Piece(1_000, 1_400, true)),
            Step.Drop(PodA, ask.Piece(1_000, 1_400, true), DropReason.FragmentOverlap),
            Step.Drop(PodA, ask.Piece(0, 1_000, true), DropReason.FragmentOverlap),
            To(ask.Piece(1_400, Whole, false), asked.Piece(1_400, Whole, false)),
        ]);
        yield return ("two lengths of one datagram end it",
        [
            open,
            To(ask.Piece(1_400, Whole, false), asked.Piece(1_400, Whole, false)),
            Step.Drop(PodA, ask.Piece(2_008, 2_016, true), DropReason.FragmentOverlap),
            Step.Drop(PodA, ask.Piece(1_000, 1_400, true), DropReason.Fragment),
        ]);

        yield return ("one ahead of its first is held and follows it when it is offered again",
        [
            Held(PodA, ask.Piece(1_000, Whole, false)),
            open,
            new SendStep(PacketHook.Ingress, HoldInterface, ask.Piece(1_000, Whole, false), Verdict.Peer, DropReason.None, PodB, false, asked.Piece(1_000, Whole, false)),
            Held(PodA, ask.Piece(1_000, Whole, false)),
        ]);
        yield return ("... and is dropped when its first did not come", [Step.Drop(HoldInterface, ask.Piece(1_000, Whole, false), DropReason.FragmentWithoutFirst)]);
        yield return ("another id, another datagram", [open, Held(PodA, ask.Piece(1_000, Whole, false, 0x1234_9999))]);
        yield return ("rules of addresses hold for each",
        [
            Step.Drop(PodA, ask.From(w.At(w.Outside, 5)).Piece(0, 1_000, true), DropReason.SpoofedSource),
            Step.Drop(PodA, ask.From(w.At(w.Outside, 5)).Piece(1_000, Whole, false), DropReason.SpoofedSource),
            Step.Drop(PodA, ask.To(w.At(w.Unallocated, 53)).Piece(1_000, Whole, false), DropReason.Unallocated),
        ]);
        yield return ("passers-by in pieces pass, save out of the node's pair",
        [
            Step.Pass(PodA, ask.To(w.At(w.B, 53)).Piece(0, 1_000, true)),
            Step.Pass(PodA, ask.To(w.At(w.B, 53)).Piece(1_000, Whole, false)),
            Step.Pass(PodA, ask.To(w.At(w.B, 53)).Piece(1_000, Whole, false), PacketHook.Egress),
            Step.Drop(NodePair, ask.To(w.At(w.B, 53)).Piece(1_000, Whole, false), DropReason.NotTranslated),
        ]);
        yield return ("the path of a datagram under way is gone",
            [open, new ChangeStep(Change(w.Web, null, null)), Step.Drop(PodA, ask.Piece(1_000, Whole, false), DropReason.PathGone)]);
        yield return ("no hop is left", [open, Step.Drop(PodA, (ask with { Ttl = 1 }).Piece(1_000, 1_400, true), DropReason.TtlExceeded)]);

        yield return ("more datagrams of a source than it may have under way",
        [
            .. Enumerable.Range(0, Fragments.OpenPerSource).Select(i => To(ask.Piece(0, 1_000, true, 100u + (uint)i), asked.Piece(0, 1_000, true, 100u + (uint)i), isNew: i == 0)),
            Step.Drop(PodA, ask.Piece(0, 1_000, true, 99), DropReason.FragmentLimit),
            To(ask.Piece(1_000, Whole, false, 100), asked.Piece(1_000, Whole, false, 100)),
            To(ask.Piece(0, 1_000, true, 99), asked.Piece(0, 1_000, true, 99)),
        ]);

        SendStep To(PacketSpec packet, PacketSpec result, bool isNew = false) => Step.Forward(PodA, packet, Verdict.Peer, PodB, result, isNew);
        SendStep Back(PacketSpec packet, PacketSpec result) => Step.Forward(PodB, packet, Verdict.Peer, PodA, result);
    }

    /// <summary>What one piece alone shows, and datagrams that make no flow.</summary>
    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfRefusals(FixtureWorld w)
    {
        bool v4 = w.Family == IpFamily.IPv4;
        PacketSpec udp = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53)).WithPayload(2_000);
        PacketSpec tcp = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn).WithPayload(2_000);
        yield return ("a first fragment without the whole transport header",
            [Step.Drop(PodA, tcp.Piece(0, 16, true), DropReason.FragmentTiny), Step.Drop(PodA, Packet.Echo(w.A, w.Web).WithPayload(90).Piece(0, 0, true), DropReason.Malformed)]);
        yield return ("pieces beyond the longest datagram",
        [
            Step.Drop(PodA, udp.Piece(65_528, 65_544, false), DropReason.FragmentTooLong),
            Step.Drop(PodA, udp.Piece(65_528, 65_544, true), DropReason.FragmentTooLong),
        ]);
        yield return ("a length that is no multiple of 8, or 0",
        [
            Step.Drop(PodA, udp.Piece(0, 1_001, true), DropReason.Malformed),
            Step.Drop(PodA, udp.Piece(1_000, 1_007, true), DropReason.Malformed),
            Step.Drop(PodA, udp.Piece(1_000, 1_000, false), DropReason.Malformed),
        ]);
        if (v4)
        {
            yield return ("the rest of a TCP header in a second fragment", [Step.Drop(PodA, tcp.Piece(8, 200, true), DropReason.FragmentTiny)]);
        }
        else
        {
            PacketSpec inside = udp with { Extensions = [IpProtocol.DestinationOptions] };
            PacketSpec insideTo = inside.To(w.At(w.B, 5353)).Hop().Via(MacsToB);
            yield return ("extension headers behind the fragment header are the first fragment's",
            [
                Step.Forward(PodA, inside.Piece(0, 1_000, true, inside: true), Verdict.Peer, PodB, insideTo.Piece(0, 1_000, true, inside: true), isNew: true),
                Step.Forward(PodA, inside.Piece(1_000, 2_016, false, inside: true), Verdict.Peer, PodB, insideTo.Piece(1_000, 2_016, false, inside: true)),
            ]);
        }

        PacketSpec nowhere = udp.To(w.At(w.Web, 54)).Piece(0, 1_000, true);
        yield return ("a rejected first: the later ones are dropped",
        [
            Step.Reject(PodA, nowhere, DropReason.NoSuchPort, nowhere.Unreachable()),
            Step.Drop(PodA, udp.To(w.At(w.Web, 54)).Piece(1_000, Whole, false), DropReason.Fragment),
        ]);
        PacketSpec gre = Packet.Of(47, w.A, w.Web).WithPayload(2_000).Piece(0, 1_000, true);
        yield return ("... of another protocol too", [Step.Reject(PodA, gre, DropReason.NoSuchPort, gre.Unreachable())]);

        PacketSpec echo = Packet.Echo(w.A, w.Empty).WithPayload(2_000);
        PacketSpec reply = echo.Reversed() with { IcmpType = v4 ? IcmpMessage.EchoReply : IcmpMessage.EchoReplyV6 };
        yield return ("an echo request in pieces is answered in pieces, one that was held too",
        [
            Answer(PodA, echo.Piece(0, 1_000, true), reply.Piece(0, 1_000, true)),
            Answer(PodA, echo.Piece(1_000, 1_400, true), reply.Piece(1_000, 1_400, true)),
            Answer(HoldInterface, echo.Piece(1_400, Whole, false), reply.Piece(1_400, Whole, false)),
        ]);

        SendStep Answer(int at, PacketSpec packet, PacketSpec answer) => new(PacketHook.Ingress, at, packet, Verdict.Echo, DropReason.None, PodA, false, answer);
    }

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfAnyMode(FixtureWorld w)
    {
        PacketSpec ask = Packet.Udp(w.At(w.Outside, 40000), w.At(w.Far, 53)).WithPayload(2_000);
        PacketSpec asked = ask.From(w.At(w.Snat, 40000)).To(w.At(w.Remote, 5353)).Hop();
        PacketSpec answer = Packet.Udp(w.At(w.Remote, 5353), w.At(w.Snat, 40000)).WithPayload(2_000);
        PacketSpec answered = answer.From(w.At(w.Far, 53)).To(w.At(w.Outside, 40000)).Hop().ViaClient();
        yield return ("pieces from outside through SNAT to another node and back",
        [
            Step.Forward(Uplink, ask.Piece(0, 1_000, true), Verdict.Neighbour, Uplink, asked.Piece(0, 1_000, true), isNew: true),
            Step.Forward(Uplink, ask.Piece(1_000, Whole, false), Verdict.Neighbour, Uplink, asked.Piece(1_000, Whole, false)),
            Step.Forward(Uplink, answer.Piece(0, 1_000, true), Verdict.Redirect, Uplink, answered.Piece(0, 1_000, true)),
            Step.Forward(Uplink, answer.Piece(1_000, Whole, false), Verdict.Redirect, Uplink, answered.Piece(1_000, Whole, false)),
        ]);

        PacketSpec large = ask.WithPayload(4_000);
        PacketSpec larged = asked.WithPayload(4_000);
        int fits = (UplinkMtu - (w.Family == IpFamily.IPv4 ? 20 : 48)) & ~7;
        yield return ("a later piece that is larger than its way carries is dropped, one that just fits is not",
        [
            Step.Forward(Uplink, large.Piece(0, 800, true), Verdict.Neighbour, Uplink, larged.Piece(0, 800, true), isNew: true),
            Step.Drop(Uplink, large.Piece(2_400, 2_400 + fits + 8, true), DropReason.PacketTooBig),
            Step.Forward(Uplink, large.Piece(800, 800 + fits, true), Verdict.Neighbour, Uplink, larged.Piece(800, 800 + fits, true)),
        ]);

        PacketSpec own = Packet.Udp(w.At(w.Node, 40000), w.At(w.Host, 53)).WithPayload(2_000);
        PacketSpec owned = own.From(w.At(w.Host, 40000)).To(w.At(w.Node, 5353)).Hop().ViaClient();
        yield return ("pieces of the node's own process to a host-network back end, one held",
        [
            Held(NodePair, own.Piece(1_000, Whole, false)),
            Step.Forward(NodePair, own.Piece(0, 1_000, true), Verdict.NodeIngress, NodeStack, owned.Piece(0, 1_000, true), isNew: true),
            Step.Forward(HoldInterface, own.Piece(1_000, Whole, false), Verdict.NodeIngress, NodeStack, owned.Piece(1_000, Whole, false)),
        ]);
    }

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfStack(FixtureWorld w)
    {
        PacketSpec ask = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53)).WithPayload(2_000);
        PacketSpec asked = ask.To(w.At(w.B, 5353));
        PacketSpec answer = Packet.Udp(w.At(w.B, 5353), w.At(w.A, 40000)).WithPayload(2_000);
        PacketSpec answered = answer.From(w.At(w.Web, 53));
        yield return ("pieces in stack mode: translated at ingress there, at egress back, one that was held enters where its first did",
        [
            Step.Forward(PodA, ask.Piece(0, 1_000, true), Verdict.Stack, 0, asked.Piece(0, 1_000, true), isNew: true),
            Step.Forward(PodA, ask.Piece(1_000, 1_400, true), Verdict.Stack, 0, asked.Piece(1_000, 1_400, true)),
            Step.Forward(HoldInterface, ask.Piece(1_400, Whole, false), Verdict.NodeIngress, PodA, asked.Piece(1_400, Whole, false)),
            Step.Pass(PodB, answer.Piece(0, 1_000, true)),
            Step.Pass(PodB, answer.Piece(1_000, Whole, false)),
            Step.AtEgress(PodA, answer.Piece(0, 1_000, true), answered.Piece(0, 1_000, true)),
            Step.Pass(PodB, answer.Piece(1_000, 1_400, true)),
            Step.AtEgress(PodA, answer.Piece(1_000, Whole, false), answered.Piece(1_000, Whole, false)),
            Step.Pass(PodA, ask.Piece(1_000, Whole, false), PacketHook.Egress),
        ]);
    }

    private static SendStep Held(int from, PacketSpec packet) =>
        new(PacketHook.Ingress, from, packet, Verdict.Hold, DropReason.None, HoldInterface, false, null);
}
