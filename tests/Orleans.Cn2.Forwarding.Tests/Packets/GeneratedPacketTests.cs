using CsCheck;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Tests.Packets;

/// <summary>What holds for every packet, whatever the tables.</summary>
public sealed class GeneratedPacketTests
{
    private const int PacketsPerSeed = 2_000;
    private static readonly ManagedOptions NoLimit = new() { RejectsPerSecond = 1_000_000_000, RejectBurst = 1_000_000_000 };

    [Fact]
    public void Process_OfAnyPacket_KeepsChecksumsRightAndPassersByUntouched() => ForEachPacket((_, packet, result) =>
    {
        if (result.Verdict == Verdict.Pass)
        {
            Assert.Equal(packet.Frame, result.Frame);
        }
        else if (result.Verdict != Verdict.Drop && PacketChecksums.Verify(packet.Frame) is null)
        {
            string? wrong = PacketChecksums.Verify(result.Frame);
            Assert.True(wrong is null, $"{wrong}\nin  {PacketPrinter.Describe(packet.Frame)}\nout {PacketPrinter.Describe(result.Frame)}");
            Assert.Equal(PacketChecksums.VerifyQuote(packet.Frame), PacketChecksums.VerifyQuote(result.Frame));
        }
    });

    [Fact]
    public void Process_OfTheAnswer_GivesBackWhatWasSent() => ForEachPacket((engine, packet, result) =>
    {
        // An answer as large may not fit the client's interface.
        if (!result.NewFlow || result.Frame[..6].All(octet => octet == 0xff) || result.Frame.Length > EthernetFrame.HeaderLength + 1280 || TransportPlace.Of(result.Frame.AsSpan(14), result.Frame[12] == 0x08).IsPiece)
        {
            return;
        }

        byte[] answer = Swapped(result.Frame);
        int ttl = answer[12] == 0x08 ? 22 : 21;
        answer[ttl] = 64;
        int backAt = result.Verdict == Verdict.NodeIngress ? GeneratedWorld.NodePair : result.Verdict == Verdict.Stack ? packet.Interface : result.Target;
        PacketHook hook = result.Verdict == Verdict.Stack ? PacketHook.Egress : PacketHook.Ingress;

        EngineResult back = engine.Run(hook, backAt, answer);

        Assert.Equal(DropReason.None, back.Reason);
        Assert.Equal(Tuple(Swapped(packet.Frame)), Tuple(back.Frame));
    });

    [Fact]
    public void Process_OfRandomBytesOfAnyLength_NeverThrowsNorReadsBeyond()
    {
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 5], Gen.Bool, Gen.Int[0, 2]).Sample(
            (bytes, at, egress, family) =>
            {
                if (bytes.Length >= 14 && family > 0)
                {
                    (bytes[12], bytes[13]) = family == 1 ? ((byte)0x08, (byte)0x00) : ((byte)0x86, (byte)0xdd);
                }

                ManagedEngine engine = Open(at, DeliveryMode.Fast, out _);
                EngineResult result = engine.Run(egress ? PacketHook.Egress : PacketHook.Ingress, GeneratedWorld.Interfaces[at], bytes);

                // What lies behind the frame in the buffer must not matter.
                EngineResult again = Open(at, DeliveryMode.Fast, out _).RunBehind(0xff, egress ? PacketHook.Egress : PacketHook.Ingress, GeneratedWorld.Interfaces[at], bytes);
                return result.Verdict == again.Verdict && result.Reason == again.Reason && result.Frame.AsSpan().SequenceEqual(again.Frame);
            },
            iter: 400);
    }

    [Fact]
    public async Task Differential_OfAnEngineWithItself_MeetsAllVerdictsAndReasons()
    {
        await using ManagedEngine one = new(NoLimit, new StoppedClock());
        await using ManagedEngine other = new(NoLimit, new StoppedClock());
        Dictionary<(Verdict, DropReason), int> outcomes = [];

        string? fast = DifferentialRun.Run(one, other, seed: 1, packets: 20_000, DeliveryMode.Fast, outcomes);
        string? stack = DifferentialRun.Run(one, other, seed: 2, packets: 20_000, DeliveryMode.Stack, outcomes);

        Assert.Null(fast);
        Assert.Null(stack);
        Assert.Equal(Enum.GetValues<Verdict>(), outcomes.Keys.Select(each => each.Item1).Distinct().Order());
        DropReason[] unmet = [.. Enum.GetValues<DropReason>().Except(outcomes.Keys.Select(each => each.Item2))];
        Assert.Equal(
            [DropReason.TableChanged, DropReason.NoFreePort, DropReason.RejectRateLimited, DropReason.FlowsFull, DropReason.Internal], unmet);
    }

    private static void ForEachPacket(Action<ManagedEngine, GeneratedPacket, EngineResult> check) =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Bool).Sample(
            (seed, fast) =>
            {
                ManagedEngine engine = Open(seed, fast ? DeliveryMode.Fast : DeliveryMode.Stack, out Random random);
                GeneratedWorld world = new(random);
                PacketGenerator generator = new(random);
                for (int i = 0; i < PacketsPerSeed; i++)
                {
                    if (i % 200 == 199)
                    {
                        engine.Apply(world.NextChange());
                    }

                    GeneratedPacket packet = generator.Next();
                    EngineResult result = engine.Run(packet.Hook, packet.Interface, packet.Frame);
                    check(engine, packet, result);
                    generator.Learn(packet, result);
                }
            },
            iter: 20);

    private static ManagedEngine Open(int seed, DeliveryMode mode, out Random random)
    {
        random = new Random(seed);
        ManagedEngine engine = new(NoLimit, new StoppedClock());
        engine.Reset(GeneratedWorld.Settings, GeneratedWorld.Network(mode));
        engine.Apply(new GeneratedWorld(random).FirstTables());
        return engine;
    }

    /// <summary>The frame with addresses and ports of the answer; the checksums stay right, being sums, but for the CRC of SCTP.</summary>
    private static byte[] Swapped(byte[] frame)
    {
        byte[] swapped = [.. frame];
        bool v4 = frame[12] == 0x08;
        Swap(swapped, 0, 6);
        Swap(swapped, v4 ? 26 : 22, v4 ? 4 : 16);
        Swap(swapped, 14 + TransportPlace.Of(frame.AsSpan(14), v4).Offset, 2);
        return swapped;

        static void Swap(byte[] bytes, int at, int length)
        {
            byte[] first = bytes[at..(at + length)];
            Array.Copy(bytes, at + length, bytes, at, length);
            first.CopyTo(bytes, at + length);
        }
    }

    /// <summary>Addresses and ports, and all that follows them but the checksum.</summary>
    private static string Tuple(byte[] frame)
    {
        byte[] copy = [.. frame];
        bool v4 = frame[12] == 0x08;
        TransportPlace place = TransportPlace.Of(frame.AsSpan(14), v4);
        (int checksum, int length) = place.Protocol switch
        {
            IpProtocol.Tcp => (TcpSegment.ChecksumOffset, sizeof(ushort)),
            IpProtocol.Sctp => (SctpPacket.ChecksumOffset, sizeof(uint)),
            _ => (UdpDatagram.ChecksumOffset, sizeof(ushort)),
        };
        copy.AsSpan(14 + place.Offset + checksum, length).Clear();
        return PacketPrinter.Hex(copy.AsSpan(v4 ? 26 : 22));
    }
}
