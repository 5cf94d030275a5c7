using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 4.4: the walk past IPv4 options and IPv6 extension headers to the transport.</summary>
internal static class HeaderFixtures
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    // Record route with room for one address, then padding.
    private static readonly ImmutableArray<byte> RecordRoute = [7, 7, 4, 0, 0, 0, 0, 0];

    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w) =>
        OfBoth(w).Concat(w.Family == IpFamily.IPv4 ? OfOptions(w) : OfExtensions(w));

    public static IEnumerable<(string Name, FixtureStep[] Steps)> OfStack(FixtureWorld w)
    {
        PacketSpec syn = Longer(Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn));
        PacketSpec synAck = Longer(Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), SynAck));
        yield return ("options or extension headers in stack mode: translated at ingress there, at egress back",
        [
            Step.Forward(PodA, syn, Verdict.Stack, 0, syn.To(w.At(w.B, 8080)), isNew: true),
            Step.Pass(PodB, synAck),
            Step.AtEgress(PodA, synAck, synAck.From(w.At(w.Web, 80))),
            Step.Pass(PodB, syn, PacketHook.Egress),
        ]);
    }

    private static IEnumerable<(string Name, FixtureStep[] Steps)> OfBoth(FixtureWorld w)
    {
        PacketSpec syn = Longer(Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn));
        PacketSpec synAck = Longer(Packet.Tcp(w.At(w.B, 8080), w.At(w.A, 40000), SynAck));
        PacketSpec plain = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Ack).WithPayload(21);
        yield return ("options or extension headers are no reason to drop (a known defect of OpenSDN): TCP there and back, they stay in place",
        [
            Step.Forward(PodA, syn, Verdict.Peer, PodB, syn.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            Step.Forward(PodB, synAck, Verdict.Peer, PodA, synAck.From(w.At(w.Web, 80)).Hop().ViaClient()),
            Step.Forward(PodA, plain, Verdict.Peer, PodB, plain.To(w.At(w.B, 8080)).Hop().Via(MacsToB)),
            Step.Forward(PodA, Longer(plain), Verdict.Peer, PodB, Longer(plain).To(w.At(w.B, 8080)).Hop().Via(MacsToB)),
        ]);

        PacketSpec ask = Longer(Packet.Udp(w.At(w.Outside, 40000), w.At(w.Far, 53)));
        PacketSpec answer = Longer(Packet.Udp(w.At(w.Remote, 5353), w.At(w.Snat, 40000), "pong!"));
        yield return ("UDP with options or extension headers through SNAT",
        [
            Step.Forward(Uplink, ask, Verdict.Neighbour, Uplink, ask.From(w.At(w.Snat, 40000)).To(w.At(w.Remote, 5353)).Hop(), isNew: true),
            Step.Forward(Uplink, answer, Verdict.Redirect, Uplink, answer.From(w.At(w.Far, 53)).To(w.At(w.Outside, 40000)).Hop().ViaClient()),
        ]);

        PacketSpec nowhere = Longer(plain.To(w.At(w.Web, 81)));
        PacketSpec nowhereUdp = Longer(Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 54)).WithPayload(3));
        yield return ("no such port behind them: a plain RST", [Step.Reject(PodA, nowhere, DropReason.NoSuchPort, nowhere.Rst())]);
        yield return ("... and an ICMP error that quotes them", [Step.Reject(PodA, nowhereUdp, DropReason.NoSuchPort, nowhereUdp.Unreachable())]);
        PacketSpec gre = Longer(Packet.Of(47, w.A, w.Web).WithPayload(5));
        yield return ("... of another protocol, cut short", [Step.Reject(PodA, gre, DropReason.NoSuchPort, gre.Unreachable())]);

        PacketSpec echo = Longer(Packet.Echo(w.A, w.Web));
        PacketSpec reply = echo.Reversed() with { IcmpType = w.Family == IpFamily.IPv4 ? IcmpMessage.EchoReply : IcmpMessage.EchoReplyV6 };
        yield return ("echo behind them is answered with them",
            [new SendStep(PacketHook.Ingress, PodA, echo, Verdict.Echo, DropReason.None, PodA, false, reply)]);

        PacketSpec gone = Longer(plain);
        yield return ("a path that is gone: RST",
        [
            Step.Forward(PodA, gone, Verdict.Peer, PodB, gone.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true),
            new ChangeStep(Change(w.Web, null, null)),
            Step.Reject(PodA, gone, DropReason.PathGone, gone.Rst()),
            Step.Reject(PodA, gone, DropReason.NoEndpoints, gone.Rst()),
        ]);

        yield return ("a transport header that is cut short behind them",
            [Step.Drop(PodA, syn.Cut(HeadersOf(syn) + 19).WithLength((ushort)(HeadersOf(syn) + 19 - (w.Family == IpFamily.IPv4 ? 0 : 40))), DropReason.Malformed)]);
        yield return ("lengths are checked behind them too", [Step.Drop(PodA, syn.WithDataOffset(15), DropReason.Malformed)]);
        yield return ("a passer-by keeps them", [Step.Pass(PodA, syn.To(w.At(w.B, 8080))), Step.Drop(NodePair, syn.To(w.At(w.B, 8080)), DropReason.NotTranslated)]);
    }

    private static IEnumerable<(string Name, FixtureStep[] Steps)> OfOptions(FixtureWorld w)
    {
        PacketSpec tcp = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        ImmutableArray<byte> most = [.. Enumerable.Repeat((byte)1, 40)];
        yield return ("40 bytes of options", [To(tcp with { IpOptions = most })]);
        yield return ("what follows the end of options is nothing", [To(tcp with { IpOptions = [0, 131, 3, 4] })]);
        foreach (byte kind in (byte[])[131, 137])
        {
            PacketSpec routed = tcp with { IpOptions = [1, kind, 7, 4, 10, 0, 0, 1] };
            yield return ($"source route, option {kind}", [Step.Drop(PodA, routed, DropReason.SourceRoute), Step.Pass(PodA, routed.To(w.At(w.B, 80)))]);
        }

        yield return ("an option whose length is 0, 1, beyond the header or missing",
        [
            .. new ImmutableArray<byte>[] { [7, 0, 0, 0], [7, 1, 0, 0], [7, 5, 0, 0], [1, 1, 1, 7] }
                .Select(options => Step.Drop(PodA, tcp with { IpOptions = options }, DropReason.IpOptions)),
        ]);

        SendStep To(PacketSpec packet) => Step.Forward(PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true);
    }

    private static IEnumerable<(string Name, FixtureStep[] Steps)> OfExtensions(FixtureWorld w)
    {
        PacketSpec tcp = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        foreach (byte next in (byte[])[IpProtocol.HopByHop, IpProtocol.Routing, IpProtocol.DestinationOptions, IpProtocol.Fragment])
        {
            yield return ($"extension header {next}", [To(tcp with { Extensions = [next] })]);
        }

        ImmutableArray<byte> all = [IpProtocol.HopByHop, IpProtocol.DestinationOptions, IpProtocol.Routing, IpProtocol.Fragment, IpProtocol.DestinationOptions];
        yield return ("the whole chain, with the fragment header of a whole datagram", [To(tcp with { Extensions = all })]);
        ImmutableArray<byte> eight = [.. Enumerable.Repeat(IpProtocol.DestinationOptions, 8)];
        yield return ("8 extension headers of 256 bytes", [To(tcp with { Extensions = eight, ExtensionSize = 32 })]);
        yield return ("more than 8, or more than 256 bytes",
        [
            Step.Drop(PodA, tcp with { Extensions = eight.Add(IpProtocol.DestinationOptions) }, DropReason.HeaderChain),
            Step.Drop(PodA, tcp with { Extensions = eight, ExtensionSize = 40 }, DropReason.HeaderChain),
        ]);
        yield return ("a chain that runs beyond the packet",
        [
            Step.Drop(PodA, (tcp with { Extensions = [IpProtocol.DestinationOptions] }).WithL3Byte(41, 4), DropReason.Malformed),
            Step.Drop(PodA, (tcp with { Extensions = [IpProtocol.DestinationOptions] }).WithLength(7), DropReason.Malformed),
        ]);
        PacketSpec left = (tcp with { Extensions = [IpProtocol.Routing] }).WithL3Byte(43, 1);
        yield return ("a routing header with segments left", [Step.Drop(PodA, left, DropReason.SourceRoute), Step.Pass(PodA, left.To(w.At(w.B, 80)))]);
        yield return ("extension headers that no packet to a service has",
        [
            .. new[] { IpProtocol.Authentication, IpProtocol.Mobility, IpProtocol.Hip, IpProtocol.Shim6 }
                .Select(next => Step.Drop(PodA, tcp with { Extensions = [next] }, DropReason.ExtensionHeader)),
            Step.Drop(PodA, tcp with { Extensions = [IpProtocol.DestinationOptions, IpProtocol.HopByHop] }, DropReason.ExtensionHeader),
            Step.Drop(PodA, tcp with { Extensions = [IpProtocol.Fragment, IpProtocol.Fragment] }, DropReason.ExtensionHeader),
        ]);
        PacketSpec nothing = Packet.Of(IpProtocol.NoNextHeader, w.A, w.Web) with { Extensions = [IpProtocol.DestinationOptions] };
        yield return ("no next header behind one is a protocol without a port", [Step.Reject(PodA, nothing, DropReason.NoSuchPort, nothing.Unreachable())]);
        PacketSpec jumbo = (tcp with { Extensions = [IpProtocol.HopByHop] }).WithPayload(900).WithLength(0);
        yield return ("a jumbogram, whose length field is 0, has the frame's length", [To(jumbo)]);

        SendStep To(PacketSpec packet) => Step.Forward(PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, 8080)).Hop().Via(MacsToB), isNew: true);
    }

    /// <summary>With what its family knows to stand between the headers.</summary>
    private static PacketSpec Longer(PacketSpec packet) => packet.Family == IpFamily.IPv4
        ? packet with { IpOptions = RecordRoute }
        : packet with { Extensions = [IpProtocol.HopByHop, IpProtocol.DestinationOptions, IpProtocol.Routing] };

    private static int HeadersOf(PacketSpec packet) =>
        packet.Family == IpFamily.IPv4 ? IPv4Packet.MinHeaderLength + packet.IpOptions.Length : IPv6Packet.HeaderLength + packet.ExtensionBytes;
}
