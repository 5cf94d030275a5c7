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
        PacketSpec ack = syn with { Flags = TcpFlags.Ack, Sequence = syn.Sequence + 1, Acknowledgment = 0x5000_0001 };
        PacketSpec rst = syn with { Flags = TcpFlags.Rst, Sequence = syn.Sequence + 1 };
        PacketSpec forged = rst with { Sequence = 77 };
        PacketSpec udp = Packet.Udp(w.At(w.A, 40000), w.At(w.Web, 53));
        PacketSpec init = Packet.Sctp(w.At(w.A, 40000), w.At(w.Web, SctpPort), SctpChunkType.Init);
        PacketSpec data = Packet.Sctp(w.At(w.A, 40000), w.At(w.Web, SctpPort), SctpChunkType.Data);
        FixtureStep[] open = [ToB(syn, isNew: true), Back(syn, TcpFlags.Syn | TcpFlags.Ack)];
        FixtureStep[] established = [.. open, ToB(ack)];
        FixtureStep[] associated = [ToB(init, isNew: true), BackSctp(SctpChunkType.InitAck), ToB(data)];

        yield return ("UDP that nobody answered lives 30 s", [ToB(udp, isNew: true), .. Lives(30, udp)]);
        yield return ("UDP that was answered lives 30 s at first", [ToB(udp, isNew: true), Back(udp, TcpFlags.None), Step.Age(0.2), ToB(udp), Step.Age(31), ToB(udp, isNew: true)]);
        yield return ("UDP that goes on for two seconds lives 120 s", [ToB(udp, isNew: true), Back(udp, TcpFlags.None), Step.Age(3), ToB(udp), .. Lives(120, udp)]);
        yield return ("... by an answer too", [ToB(udp, isNew: true), Back(udp, TcpFlags.None), Step.Age(3), Back(udp, TcpFlags.None), .. Lives(120, udp)]);
        yield return ("TCP that nobody answered lives 120 s", [ToB(syn, isNew: true), .. Lives(120, ack)]);
        yield return ("TCP that was answered but not acknowledged lives 60 s", [.. open, Step.Age(30), ToB(syn), Step.Age(61), ToB(syn, isNew: true)]);
        yield return ("TCP that one side closed lives 120 s", [.. established, ToB(ack with { Flags = TcpFlags.Fin | TcpFlags.Ack }), .. Lives(120, ack)]);
        yield return ("TCP that both sides closed lives 120 s",
        [
            .. established, ToB(ack with { Flags = TcpFlags.Fin | TcpFlags.Ack }), Back(syn, TcpFlags.Fin | TcpFlags.Ack), .. Lives(120, ack),
        ]);
        yield return ("an RST by one who knows the connection leaves 10 s: a packet within them keeps it",
            [.. established, ToB(rst), Step.Age(5), ToB(ack), Step.Age(100), ToB(ack), ToB(rst), Step.Age(11), ToB(ack, isNew: true)]);
        yield return ("... of the other side too, which is who has seen the last acknowledgement",
            [.. established, Back(syn, TcpFlags.Rst, ack.Acknowledgment), Step.Age(11), ToB(ack, isNew: true)]);
        yield return ("... and its next packet takes it back",
            [.. established, Back(syn, TcpFlags.Rst, ack.Acknowledgment), Back(syn, TcpFlags.Ack), Step.Age(100), ToB(ack)]);
        yield return ("an RST of a sequence number that nobody acknowledged may be forged: it ends nothing",
            [.. established, ToB(forged), Step.Age(100), ToB(ack), Back(syn, TcpFlags.Rst, 77), Step.Age(100), ToB(ack)]);
        yield return ("... and lets no SYN choose anew", [.. established, ToB(forged), ToB(syn), Back(syn, TcpFlags.Rst, 77), ToB(syn)]);
        yield return ("an acknowledgement in an RST is nobody's: it proves no other one",
            [.. established, Back(syn, TcpFlags.Rst | TcpFlags.Ack, 77, acknowledgment: 78), ToB(rst with { Sequence = 78 }), Step.Age(100), ToB(ack)]);
        yield return ("an RST that answers a SYN leaves 10 s",
            [ToB(syn, isNew: true), Back(syn, TcpFlags.Rst | TcpFlags.Ack, 0), Step.Age(11), ToB(ack, isNew: true)]);
        yield return ("an ABORT with another association's tag ends nothing",
            [.. associated, ToB(init with { Chunk = SctpChunkType.Abort, VerificationTag = 7 }), ToB(init), Step.Age(100), ToB(data)]);
        yield return ("... with that of the other direction, reflected, it ends it",
        [
            .. associated, BackSctp(SctpChunkType.Sack, 9), ToB(init with { Chunk = SctpChunkType.Abort, VerificationTag = 9 }), Step.Age(11), ToB(data, isNew: true),
        ]);
        yield return ("SCTP that is not established lives 3 s", [ToB(init, isNew: true), Step.Age(1.5), ToB(init), Step.Age(4), ToB(init, isNew: true)]);
        yield return ("SCTP that is established lives 210 s", [.. associated, .. Lives(210, data)]);
        yield return ("SCTP that is shutting down lives 3 s",
            [.. associated, BackSctp(SctpChunkType.Shutdown), Step.Age(1), ToB(data), Step.Age(4), ToB(data, isNew: true)]);

        FixtureStep[] Lives(int seconds, PacketSpec packet) =>
            [Step.Age(seconds / 2.0), ToB(packet), Step.Age(seconds / 2.0), ToB(packet), Step.Age(seconds + 1), ToB(packet, isNew: true)];
        SendStep ToB(PacketSpec packet, bool isNew = false) => Step.Forward(
            PodA, packet, Verdict.Peer, PodB, packet.To(w.At(w.B, Target(packet.Protocol))).Hop().Via(MacsToB), isNew);
        SendStep Back(PacketSpec packet, TcpFlags flags, uint sequence = 0x5000_0000, uint? acknowledgment = null)
        {
            PacketSpec answer = packet.Reversed().WithMacs(PacketSpec.DefaultSourceMac, PacketSpec.DefaultDestinationMac) with
            {
                Flags = flags, Sequence = sequence, Acknowledgment = acknowledgment ?? syn.Sequence + 1,
            };
            return Step.Forward(
                PodB, answer.From(w.At(w.B, Target(packet.Protocol))), Verdict.Peer, PodA, answer.Hop().ViaClient());
        }

        SendStep BackSctp(SctpChunkType chunk, uint tag = 0x3000_0001) =>
            Back(Packet.Sctp(w.At(w.A, 40000), w.At(w.Web, SctpPort), chunk) with { VerificationTag = tag }, TcpFlags.None);
        static int Target(byte protocol) => protocol switch
        {
            IpProtocol.Tcp => 8080,
            IpProtocol.Udp => 5353,
            _ => SctpTarget,
        };
    }
}
