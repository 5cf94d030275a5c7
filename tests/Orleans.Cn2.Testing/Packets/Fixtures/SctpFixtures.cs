using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using static Orleans.Cn2.Testing.Packets.Fixtures.FixtureWorld;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>SCTP: the same rules as TCP, told by chunks, and a checksum that knows no addresses.</summary>
internal static class SctpFixtures
{
    public static IEnumerable<(string Name, FixtureStep[] Steps)> Of(FixtureWorld w)
    {
        PacketSpec init = From(SctpChunkType.Init);
        PacketSpec data = From(SctpChunkType.Data);
        PacketSpec abort = From(SctpChunkType.Abort);
        SendStep[] established =
        [
            ToB(init, isNew: true), Back(SctpChunkType.InitAck), ToB(From(SctpChunkType.CookieEcho)), Back(SctpChunkType.CookieAck),
        ];
        ChangeStep moved = new(FixtureWorld.Change(w.Web, Path(w.Remote, 8080), null));

        yield return ("SCTP from a pod to a pod: handshake and data, the CRC follows the ports both ways",
            [.. established, ToB(data.WithPayload(1400)), Back(SctpChunkType.Sack), ToB(From(SctpChunkType.Heartbeat).WithPayload(1)), Back(SctpChunkType.HeartbeatAck)]);
        PacketSpec wrong = data.WithL4Byte(SctpPacket.ChecksumOffset, 0x5a);
        yield return ("a wrong CRC stays as wrong as it was: the change alone is added", [Forward(wrong, Carried(wrong, data), isNew: true)]);
        PacketSpec zero = wrong.WithL4Byte(8, 0).WithL4Byte(9, 0).WithL4Byte(10, 0).WithL4Byte(11, 0);
        yield return ("... 0 too, where no device is left to compute it", [Forward(zero, Carried(zero, data), isNew: true)]);
        yield return ("lengths that contradict each other",
        [
            .. ((PacketSpec[])
            [
                init.WithL4Byte(14, 0).WithL4Byte(15, 3), init.WithL4Byte(14, 0).WithL4Byte(15, 21),
                init.WithLength((ushort)(w.Family == Core.Addressing.IpFamily.IPv4 ? 35 : 15)),
            ]).Select(packet => Step.Drop(PodA, packet, DropReason.Malformed)),
        ]);
        PacketSpec noPort = init.To(w.At(w.Web, 3869));
        yield return ("no such port is told by ICMP, but to no ABORT",
            [Step.Reject(PodA, noPort, DropReason.NoSuchPort, noPort.Unreachable()), Step.Drop(PodA, abort.To(w.At(w.Web, 3869)), DropReason.NoSuchPort)]);
        yield return ("ABORT and SHUTDOWN COMPLETE without a flow",
            [Step.Drop(PodA, abort, DropReason.NoFlow), Step.Drop(PodA, From(SctpChunkType.ShutdownComplete), DropReason.NoFlow)]);
        yield return ("any other chunk makes its flow in the middle of an association", [ToB(data, isNew: true), Back(SctpChunkType.Sack)]);
        yield return ("an association on a path that is gone is refused, its ABORT dropped, its INIT begins anew",
        [
            .. established, moved, Step.Reject(PodA, data, DropReason.PathGone, data.Unreachable()),
            Step.Forward(PodA, init, Verdict.Neighbour, Uplink, init.To(w.At(w.Remote, SctpTarget)).Hop(), isNew: true),
            new ChangeStep(FixtureWorld.Change(w.Web, Path(w.B, 8080), null)), Step.Drop(PodA, abort, DropReason.PathGone),
        ]);
        yield return ("ABORT is forwarded, an INIT after it begins anew", [.. established, ToB(abort), ToB(init, isNew: true)]);
        yield return ("a chunk after an ABORT takes it back", [.. established, ToB(abort), ToB(data), ToB(init)]);
        yield return ("SHUTDOWN of both sides, then INIT begins anew",
            [.. established, ToB(From(SctpChunkType.Shutdown)), ToB(init), Back(SctpChunkType.ShutdownAck), ToB(init, isNew: true)]);
        yield return ("an association stays on a draining path, an INIT that was not answered does not",
        [
            .. established, new ChangeStep(FixtureWorld.Change(w.Web, Path(w.B, 8080, PathState.Draining), null)), ToB(data),
            Step.Reject(PodA, init.From(w.At(w.A, 40001)), DropReason.NoEndpoints, init.From(w.At(w.A, 40001)).Unreachable()),
        ]);

        PacketSpec From(SctpChunkType chunk) => Packet.Sctp(w.At(w.A, 40000), w.At(w.Web, SctpPort), chunk);
        SendStep ToB(PacketSpec packet, bool isNew = false) => Forward(packet, packet.To(w.At(w.B, SctpTarget)), isNew);
        SendStep Forward(PacketSpec packet, PacketSpec result, bool isNew) =>
            Step.Forward(PodA, packet, Verdict.Peer, PodB, result.To(w.At(w.B, SctpTarget)).Hop().Via(MacsToB), isNew);
        SendStep Back(SctpChunkType chunk)
        {
            PacketSpec packet = Packet.Sctp(w.At(w.B, SctpTarget), w.At(w.A, 40000), chunk);
            return Step.Forward(PodB, packet, Verdict.Peer, PodA, packet.From(w.At(w.Web, SctpPort)).Hop().ViaClient());
        }

        // What comes out: the checksum that went in and what the right one changes by.
        PacketSpec Carried(PacketSpec sent, PacketSpec right)
        {
            uint change = ChecksumOf(right.Build()) ^ ChecksumOf(right.To(w.At(w.B, SctpTarget)).Build());
            uint checksum = ChecksumOf(sent.Build()) ^ change;
            return right.With(frame =>
            {
                Sctp(frame).Checksum = checksum;
                return frame;
            });
        }

        SctpPacket Sctp(byte[] frame)
        {
            int header = w.Family == Core.Addressing.IpFamily.IPv4 ? IPv4Packet.MinHeaderLength : IPv6Packet.HeaderLength;
            SctpPacket.TryCreate(frame.AsSpan(EthernetFrame.HeaderLength + header), out SctpPacket packet);
            return packet;
        }

        uint ChecksumOf(byte[] frame) => Sctp(frame).Checksum;
    }
}
