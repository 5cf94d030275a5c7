using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Section 3: after how long without a packet a flow ends. It is alive at half its time and gone a second after.</summary>
internal static class LifetimeFixtures
{
    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        PacketSpec syn = Packet.Tcp(w.At(w.A, 40000), w.At(w.Web, 80), TcpFlags.Syn);
        PacketSpec ack = syn with { Flags = TcpFlags.Ack };
        PacketSpec udp = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53));
        PacketSpec init = Packet.Sctp(w.At(w.A, 40000), w.At(w.Web, SctpPort), SctpChunkType.Init);
        PacketSpec data = Packet.Sctp(w.At(w.A, 40000), w.At(w.Web, SctpPort), SctpChunkType.Data);
        FixtureStep[] open = [ToB(syn, isNew: true), Back(syn, TcpFlags.Syn | TcpFlags.Ack)];
        FixtureStep[] established = [.. open, ToB(ack)];
        FixtureStep[] associated = [ToB(init, isNew: true), BackSctp(SctpChunkType.InitAck), ToB(data)];

        yield return ("UDP that nobody answered lives 30 s", [ToB(udp, isNew: true), .. Lives(30, udp)]);
        yield return ("UDP that was answered lives 120 s", [ToB(udp, isNew: true), Back(udp, TcpFlags.None), .. Lives(120, udp)]);
        yield return ("TCP that nobody answered lives 120 s", [ToB(syn, isNew: true), .. Lives(120, ack)]);
        yield return ("TCP that was answered but not acknowledged lives 60 s", [.. open, Step.Age(30), ToB(syn), Step.Age(61), ToB(syn, isNew: true)]);
        yield return ("TCP that one side closed lives 120 s", [.. established, ToB(ack with { Flags = TcpFlags.Fin | TcpFlags.Ack }), .. Lives(120, ack)]);
        yield return ("TCP that both sides closed lives 120 s",
        [
            .. established, ToB(ack with { Flags = TcpFlags.Fin | TcpFlags.Ack }), Back(syn, TcpFlags.Fin | TcpFlags.Ack), .. Lives(120, ack),
        ]);
        yield return ("an RST, forged or not, leaves 10 s: a packet within them keeps the connection",
        [
            .. established, ToB(ack with { Flags = TcpFlags.Rst }), Step.Age(5), ToB(ack), Step.Age(100), ToB(ack),
            ToB(ack with { Flags = TcpFlags.Rst }), Step.Age(11), ToB(ack, isNew: true),
        ]);
        yield return ("a forged RST of the other side is taken back by that side's next packet",
            [.. established, Back(syn, TcpFlags.Rst), Back(syn, TcpFlags.Ack), Step.Age(100), ToB(ack)]);
        yield return ("an RST that answers a SYN leaves 10 s", [ToB(syn, isNew: true), Back(syn, TcpFlags.Rst | TcpFlags.Ack), Step.Age(11), ToB(ack, isNew: true)]);
        yield return ("SCTP that is not established lives 3 s", [ToB(init, isNew: true), Step.Age(1.5), ToB(init), Step.Age(4), ToB(init, isNew: true)]);
        yield return ("SCTP that is established lives 210 s", [.. associated, .. Lives(210, data)]);
        yield return ("SCTP that is shutting down lives 3 s",
            [.. associated, BackSctp(SctpChunkType.Shutdown), Step.Age(1), ToB(data), Step.Age(4), ToB(data, isNew: true)]);

        FixtureStep[] Lives(int seconds, PacketSpec packet) =>
            [Step.Age(seconds / 2.0), ToB(packet), Step.Age(seconds / 2.0), ToB(packet), Step.Age(seconds + 1), ToB(packet, isNew: true)];
        SendStep ToB(PacketSpec packet, bool isNew = false) => Step.Forward(
            PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, Target(packet.Protocol))).Hop().Via(MacsToB), isNew);
        SendStep Back(PacketSpec packet, TcpFlags flags)
        {
            PacketSpec answer = packet.Reversed().WithMacs(PacketSpec.DefaultSourceMac, PacketSpec.DefaultDestinationMac) with { Flags = flags };
            return Step.Forward(
                PodB, answer.From(w.At(w.B, Target(packet.Protocol))), Verdict.Peer, PodA, answer.Hop().ViaClient());
        }

        SendStep BackSctp(SctpChunkType chunk) => Back(Packet.Sctp(w.At(w.A, 40000), w.At(w.Web, SctpPort), chunk), TcpFlags.None);
        static int Target(byte protocol) => protocol switch
        {
            IpProtocol.Tcp => 8080,
            IpProtocol.Udp => 5353,
            _ => SctpTarget,
        };
    }
}
