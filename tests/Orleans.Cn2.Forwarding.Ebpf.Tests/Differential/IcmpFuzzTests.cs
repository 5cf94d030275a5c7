using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Differential;

/// <summary>ICMP errors about live flows with random bytes changed, cut and lengthened: what leaves translated is right in itself.</summary>
public sealed class IcmpFuzzTests
{
    private const int Errors = 20_000;
    private const int FirstPackets = 400;

    [Theory]
    [InlineData(DeliveryMode.Fast)]
    [InlineData(DeliveryMode.Stack)]
    public async Task Programs_OfMutatedErrors_LetOutNoWrongChecksum(DeliveryMode mode)
    {
        int seed = (int)(DateTime.UtcNow - DateTime.UnixEpoch).TotalDays;
        Random random = new(seed);
        await using EbpfEngine engine = new("icmpfuzz", limitRejects: false);
        PacketGenerator generator = Prepare(engine, random, mode);
        int translated = 0;
        for (int i = 0; i < Errors; i++)
        {
            GeneratedPacket packet = generator.NextError();
            byte[] frame = i % 4 == 0 ? packet.Frame : Mutated(random, packet.Frame);
            if (frame.Length < engine.ShortestFrame((ushort)((frame[12] << 8) | frame[13])))
            {
                continue;
            }

            EngineResult result = engine.Run(packet.Hook, packet.Interface, frame);

            if (result.Verdict is Verdict.Stack or Verdict.Peer or Verdict.Neighbour or Verdict.Redirect or Verdict.NodeIngress)
            {
                translated++;
                string? wrong = PacketChecksums.Verify(result.Frame);
                Assert.True(wrong is null, $"seed {seed}, error {i}: {wrong}\nin  {PacketPrinter.Hex(frame)}\nout {PacketPrinter.Hex(result.Frame)}");
            }
        }

        Assert.InRange(translated, Errors / 50, Errors);
    }

    private static PacketGenerator Prepare(EbpfEngine engine, Random random, DeliveryMode mode)
    {
        GeneratedWorld world = new(random);
        PacketGenerator generator = new(random);
        engine.Reset(GeneratedWorld.Settings, GeneratedWorld.Network(mode));
        engine.Apply(world.FirstTables());
        for (int i = 0; i < FirstPackets; i++)
        {
            GeneratedPacket packet = generator.Next();
            if (packet.Frame.Length >= 54)
            {
                generator.Learn(packet, engine.Run(packet.Hook, packet.Interface, packet.Frame));
            }
        }

        return generator;
    }

    private static byte[] Mutated(Random random, byte[] frame)
    {
        byte[] changed = [.. frame];
        if (changed.Length <= 14)
        {
            return changed;
        }

        for (int count = random.Next(1, 5); count > 0; count--)
        {
            // Not the Ethernet type: the frame shall be looked at.
            changed[random.Next(14, changed.Length)] = (byte)random.Next(256);
        }

        return random.Next(8) switch
        {
            0 => changed[..random.Next(14, changed.Length)],
            1 => [.. changed, .. new byte[random.Next(64)]],
            _ => changed,
        };
    }
}
