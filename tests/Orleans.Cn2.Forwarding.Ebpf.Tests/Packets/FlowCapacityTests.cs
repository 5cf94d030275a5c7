using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>The real maps at their limits.</summary>
public sealed class FlowCapacityTests
{
    private static readonly FlowFilter AnyFlow = new(default, default, default);

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Flows_Full_RefusesNewFlowsWithAReasonAndSaysSo(IpFamily family)
    {
        FixtureWorld world = new(family);
        await using EbpfEngine engine = Open(world, EbpfEngine.Small with { Flows = 1 });
        Assert.Equal(Verdict.Peer, Answered(engine, world, 1).Verdict);
        Assert.Empty(engine.Plane.ReadStatus().ModeReasons);

        Assert.Equal(Verdict.Peer, Answered(engine, world, 2).Verdict);

        Assert.Equal(Verdict.Peer, Ask(engine, world, 2).Verdict);
        EngineResult refused = Ask(engine, world, 3);
        Assert.Equal((Verdict.Drop, DropReason.FlowsFull, false), (refused.Verdict, refused.Reason, refused.NewFlow));
        Assert.Equal(2u, Assert.Single(engine.Plane.ReadReasons(), count => count.Reason == DropReason.FlowsFull).Packets);
        Assert.Contains(engine.Plane.ReadStatus().ModeReasons, reason => reason.Contains("full", StringComparison.Ordinal));
        engine.Age(TimeSpan.FromSeconds(2));
        Assert.True(Ask(engine, world, 3).NewFlow);
        Assert.False(Ask(engine, world, 1).NewFlow);
    }

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Flood_OfSynsFromManySources_LeavesEstablishedFlowsUntouched(IpFamily family)
    {
        const int sources = 50_000;
        FixtureWorld world = new(family);
        await using EbpfEngine engine = Open(world, EbpfEngine.Small with { EmbryonicFlows = 512 });
        string client = world.At(world.A, 40000);
        string service = world.At(world.Web, 80);
        byte[] ack = Packet.Tcp(client, service, TcpFlags.Ack).Build();
        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, Packet.Tcp(client, service, TcpFlags.Syn).Build());
        engine.Run(PacketHook.Ingress, FixtureWorld.PodB, Packet.Tcp(world.At(world.B, 8080), client, TcpFlags.Syn | TcpFlags.Ack).Build());
        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, ack);

        int made = engine.Inside(() => Enumerable.Range(0, sources).Count(i =>
        {
            IpAddress source = family == IpFamily.IPv4 ? IpAddress.V4(0x0b00_0000u + (uint)i) : IpAddress.V6(((UInt128)0x2001_0db8_00aa_0000 << 64) + (uint)i);
            PacketSpec syn = Packet.Tcp(client, service, TcpFlags.Syn) with { Source = source };
            return engine.Run(PacketHook.Ingress, FixtureWorld.Uplink, syn.Build()).NewFlow;
        }));

        Assert.Equal(sources, made);
        EngineResult after = engine.Run(PacketHook.Ingress, FixtureWorld.PodA, ack);
        Assert.Equal((Verdict.Peer, false), (after.Verdict, after.NewFlow));
        Assert.Single(engine.Plane.ReadFlows(AnyFlow, int.MaxValue), flow => flow.Established);
        Assert.InRange(engine.Plane.ReadStatus().EmbryonicFlows, 1, 512);
    }

    // What only the client sends keeps its own entry in use and not the other one.
    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Flood_DuringUdpThatNobodyAnswers_TakesNoWayBackFromIt(IpFamily family)
    {
        FixtureWorld world = new(family);
        await using EbpfEngine engine = Open(world, EbpfEngine.Small with { EmbryonicFlows = 512 });
        Assert.True(Ask(engine, world, 1).NewFlow);

        for (int round = 0; round < 20; round++)
        {
            engine.Inside(() => Enumerable.Range(0, 500).Count(i => Ask(engine, world, (ushort)(1_000 + (round * 500) + i)).NewFlow));
            engine.Age(TimeSpan.FromSeconds(0.2));
            Assert.Equal(Verdict.Peer, Ask(engine, world, 1).Verdict);
        }

        Assert.Equal(Verdict.Peer, Answer(engine, world, 1).Verdict);
    }

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Flow_OfAnUnprovenRst_LooksClosedAndEndsAfterItsOwnLimit(IpFamily family)
    {
        FixtureWorld world = new(family);
        await using EbpfEngine engine = Open(world, EbpfEngine.Small, new FlowLimits { UnprovenRst = TimeSpan.FromSeconds(20) });
        PacketSpec ack = Packet.Tcp(world.At(world.A, 40000), world.At(world.Web, 80), TcpFlags.Ack);
        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, (ack with { Flags = TcpFlags.Syn }).Build());
        engine.Run(PacketHook.Ingress, FixtureWorld.PodB, Packet.Tcp(world.At(world.B, 8080), world.At(world.A, 40000), TcpFlags.Syn | TcpFlags.Ack).Build());
        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, ack.Build());

        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, (ack with { Flags = TcpFlags.Rst, Sequence = 2 }).Build());

        Assert.True(Assert.Single(engine.Plane.ReadFlows(AnyFlow, 10)) is { Established: true, Fin: true, Rst: false });
        engine.Age(TimeSpan.FromSeconds(15));
        Assert.Single(engine.Plane.ReadFlows(AnyFlow, 10));
        engine.Age(TimeSpan.FromSeconds(6));
        Assert.Empty(engine.Plane.ReadFlows(AnyFlow, 10));
    }

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Affinity_OfMoreClientsThanFit_LosesBindingsButNoFlow(IpFamily family)
    {
        FixtureWorld world = new(family);
        await using EbpfEngine engine = Open(world, EbpfEngine.Small with { Affinities = 128 });

        int made = engine.Inside(() => Enumerable.Range(1, 10_000).Count(i =>
        {
            IpAddress source = family == IpFamily.IPv4 ? IpAddress.V4(0x0b00_0000u + (uint)i) : IpAddress.V6(((UInt128)0x2001_0db8_00aa_0000 << 64) + (uint)i);
            PacketSpec ask = Packet.Udp(world.At(world.A, 4000), world.At(world.Sticky, 53)) with { Source = source };
            return engine.Run(PacketHook.Ingress, FixtureWorld.Uplink, ask.Build()).NewFlow;
        }));

        Assert.Equal(10_000, made);
    }

    private static EbpfEngine Open(FixtureWorld world, EbpfCapacity capacity, FlowLimits? limits = null)
    {
        EbpfEngine engine = new("capacity", limitRejects: false, new EbpfOptions { Capacity = capacity, Limits = limits ?? new FlowLimits() });
        engine.Reset(FixtureWorld.Settings, world.Network(DeliveryMode.Fast));
        Assert.Empty(engine.Apply(world.Tables));
        return engine;
    }

    private static EngineResult Ask(EbpfEngine engine, FixtureWorld world, int port) => engine.Run(
        PacketHook.Ingress, FixtureWorld.PodA, Packet.Udp(world.At(world.A, port), world.At(world.Web, 53)).Build());

    private static EngineResult Answered(EbpfEngine engine, FixtureWorld world, int port)
    {
        Assert.True(Ask(engine, world, port).NewFlow);
        return Answer(engine, world, port);
    }

    private static EngineResult Answer(EbpfEngine engine, FixtureWorld world, int port) => engine.Run(
        PacketHook.Ingress, FixtureWorld.PodB, Packet.Udp(world.At(world.B, 5353), world.At(world.A, port)).Build());
}
