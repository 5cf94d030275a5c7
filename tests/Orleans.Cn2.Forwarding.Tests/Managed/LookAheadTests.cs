using CsCheck;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Tests.Managed;

/// <summary>The short way and reading ahead decide nothing that the rules would not, one packet at a time.</summary>
public sealed class LookAheadTests
{
    private const int Rounds = 12;
    private const int PacketsPerRound = 150; // more than are read ahead at once

    /// <summary>No packet is so long that it is more than one segment of this; but what has segments goes the long way.</summary>
    private static readonly PacketOffload LongWay = new(ushort.MaxValue, IsChecksumPartial: false);

    private static readonly ManagedOptions NoLimit = new() { RejectsPerSecond = 1_000_000_000, RejectBurst = 1_000_000_000 };

    [Fact]
    public void Process_OfABatch_DecidesLikeOnePacketAtATime() => Gen.Select(Gen.Int[0, 1_000_000], Gen.Bool).Sample(
        (seed, fast) => Compare(seed, fast ? DeliveryMode.Fast : DeliveryMode.Stack, default, inBatches: true), iter: 12);

    [Fact]
    public void Process_TheShortWay_DecidesLikeTheLongOne() => Gen.Select(Gen.Int[0, 1_000_000], Gen.Bool).Sample(
        (seed, fast) => Compare(seed, fast ? DeliveryMode.Fast : DeliveryMode.Stack, LongWay, inBatches: false), iter: 12);

    // The same generated packets, tables and changes through two planes; the second is given them as told.
    private static void Compare(int seed, DeliveryMode mode, PacketOffload offload, bool inBatches)
    {
        Random random = new(seed);
        GeneratedWorld world = new(random);
        PacketGenerator generator = new(random);
        ManagedEngine one = new(NoLimit, new StoppedClock());
        ManagedEngine other = new(NoLimit, new StoppedClock());
        foreach (ManagedEngine engine in new[] { one, other })
        {
            engine.Reset(GeneratedWorld.Settings, GeneratedWorld.Network(mode));
        }

        for (int round = 0; round < Rounds; round++)
        {
            TableChange change = round == 0 ? world.FirstTables() : world.NextChange();
            Assert.Equal(one.Apply(change), other.Apply(change));
            List<EngineResult> expected = [];
            PacketWork[] works = new PacketWork[PacketsPerRound];
            for (int i = 0; i < PacketsPerRound; i++)
            {
                GeneratedPacket packet = generator.Next();
                works[i] = WorkOf(packet, offload);
                expected.Add(one.Run(packet.Hook, packet.Interface, packet.Frame));
                generator.Learn(packet, expected[i]);
                if (!inBatches)
                {
                    other.Plane.Process(works.AsSpan(i, 1));
                }
            }

            if (inBatches)
            {
                other.Plane.Process(works);
            }

            for (int i = 0; i < PacketsPerRound; i++)
            {
                Assert.Equal(
                    (expected[i].Verdict, expected[i].Reason, expected[i].Target, expected[i].NewFlow),
                    (works[i].Verdict, works[i].Reason, works[i].Target, works[i].NewFlow));
                Assert.Equal(expected[i].Frame, works[i].Verdict == Verdict.Drop ? [] : works[i].Frame.ToArray());
            }
        }

        Assert.Equal(one.Plane.ReadReasons(), other.Plane.ReadReasons());
        Assert.Equal(one.Plane.ReadFrontends(), other.Plane.ReadFrontends());
        FlowFilter all = new(default, default, default);
        Assert.Equal(one.Plane.ReadFlows(all, int.MaxValue), other.Plane.ReadFlows(all, int.MaxValue));
    }

    private static PacketWork WorkOf(in GeneratedPacket packet, PacketOffload offload)
    {
        PacketWork work = new()
        {
            Buffer = new byte[Math.Max(packet.Frame.Length, PacketWork.MinimumBuffer)],
            Length = packet.Frame.Length,
            Hook = packet.Hook,
            Interface = packet.Interface,
            Offload = offload,
        };
        packet.Frame.CopyTo(work.Buffer, 0);
        return work;
    }
}
