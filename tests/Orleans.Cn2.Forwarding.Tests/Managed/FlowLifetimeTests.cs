using Microsoft.Extensions.Time.Testing;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Tests.Managed;

public sealed class FlowLifetimeTests
{
    private static readonly FlowFilter AnyFlow = new(default, default, default);
    private static readonly FixtureWorld World = new(IpFamily.IPv4);

    private readonly FakeTimeProvider _time = new();

    public static TheoryData<byte, bool, bool, bool, int, SeenReset, int> Limits { get; } = new()
    {
        { IpProtocol.Tcp, false, false, false, 0, SeenReset.None, 120 },
        { IpProtocol.Tcp, false, true, false, 0, SeenReset.None, 60 },
        { IpProtocol.Tcp, false, true, false, 0, SeenReset.Proven, 10 },
        { IpProtocol.Tcp, false, true, false, 0, SeenReset.Unproven, 60 },
        { IpProtocol.Tcp, true, true, false, 0, SeenReset.None, 432_000 },
        { IpProtocol.Tcp, true, true, false, 0, SeenReset.Unproven, 7_440 },
        { IpProtocol.Tcp, true, true, false, 1, SeenReset.None, 120 },
        { IpProtocol.Tcp, true, true, false, 1, SeenReset.Unproven, 120 },
        { IpProtocol.Tcp, true, true, false, 2, SeenReset.None, 120 },
        { IpProtocol.Tcp, true, true, false, 2, SeenReset.Proven, 10 },
        { IpProtocol.Udp, false, false, false, 0, SeenReset.None, 30 },
        { IpProtocol.Udp, false, false, true, 0, SeenReset.None, 30 },
        { IpProtocol.Udp, true, true, false, 0, SeenReset.None, 30 },
        { IpProtocol.Udp, true, true, true, 0, SeenReset.None, 120 },
        { IpProtocol.Sctp, false, true, false, 0, SeenReset.None, 3 },
        { IpProtocol.Sctp, true, true, false, 0, SeenReset.None, 210 },
        { IpProtocol.Sctp, true, true, false, 0, SeenReset.Unproven, 210 },
        { IpProtocol.Sctp, true, true, false, 1, SeenReset.None, 3 },
        { IpProtocol.Sctp, true, true, false, 1, SeenReset.Proven, 10 },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Of_ByState_IsThePages(byte protocol, bool established, bool answered, bool stream, int closedSides, SeenReset reset, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new FlowLimits().Of(protocol, established, answered, stream, closedSides, reset));

    [Fact]
    public void Of_AnUnprovenRst_IsNoLongerThanAnyConnections()
    {
        FlowLimits limits = new() { Tcp = TimeSpan.FromSeconds(600) };

        Assert.Equal(limits.Tcp, limits.Of(IpProtocol.Tcp, true, true, false, 0, SeenReset.Unproven));
    }

    [Fact]
    public async Task Flow_OfUnansweredUdp_EndsAfterThirtySecondsWithoutAPacket()
    {
        await using ManagedEngine engine = Open(new ManagedOptions());
        Ask(engine, 1);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Single(engine.Plane.ReadFlows(AnyFlow, 10));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(engine.Plane.ReadFlows(AnyFlow, 10));
    }

    [Fact]
    public async Task Flow_OfAnsweredUdp_LivesByThePacketsOfEitherSide()
    {
        await using ManagedEngine engine = Open(new ManagedOptions());
        Ask(engine, 1);
        for (int i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(100 / (i == 0 ? 5 : 1)));
            Answer(engine, 1);
        }

        Assert.True(Assert.Single(engine.Plane.ReadFlows(AnyFlow, 10)).Established);
        _time.Advance(TimeSpan.FromSeconds(120));
        Assert.Empty(engine.Plane.ReadFlows(AnyFlow, 10));
    }

    [Fact]
    public async Task Flow_OfAnUnprovenRst_LooksClosedAndEndsAfterItsOwnLimit()
    {
        await using ManagedEngine engine = Open(new ManagedOptions());
        PacketSpec ack = Packet.Tcp(World.At(World.A, 40000), World.At(World.Web, 80), TcpFlags.Ack);
        foreach ((int from, PacketSpec packet) in new[]
        {
            (FixtureWorld.PodA, ack with { Flags = TcpFlags.Syn }),
            (FixtureWorld.PodB, Packet.Tcp(World.At(World.B, 8080), World.At(World.A, 40000), TcpFlags.Syn | TcpFlags.Ack) with { Acknowledgment = 1 }),
            (FixtureWorld.PodA, ack),
            (FixtureWorld.PodA, ack with { Flags = TcpFlags.Rst, Sequence = 2 }),
        })
        {
            Assert.Equal(Verdict.Peer, engine.Run(PacketHook.Ingress, from, packet.Build()).Verdict);
        }

        Assert.True(Assert.Single(engine.Plane.ReadFlows(AnyFlow, 10)) is { Established: true, Fin: true, Rst: false });
        _time.Advance(TimeSpan.FromSeconds(7_439));
        Assert.Single(engine.Plane.ReadFlows(AnyFlow, 10));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(engine.Plane.ReadFlows(AnyFlow, 10));
    }

    [Fact]
    public async Task Promotion_IntoFullFlows_CountsForwardsOnAndRefusesNewFlowsForASecond()
    {
        await using ManagedEngine engine = Open(new ManagedOptions { FlowCapacity = 2 });
        foreach (ushort port in (ushort[])[1, 2])
        {
            Ask(engine, port);
            Assert.Equal(Verdict.Peer, Answer(engine, port).Verdict);
        }

        Assert.Equal(1u, Assert.Single(engine.Plane.ReadReasons(), count => count.Reason == DropReason.FlowsFull).Packets);
        Assert.Equal([true, false], engine.Plane.ReadFlows(AnyFlow, 10).Select(flow => flow.Established));
        Assert.Equal(Verdict.Peer, Ask(engine, 2).Verdict);
        Assert.Equal((Verdict.Drop, DropReason.FlowsFull), (Ask(engine, 3).Verdict, Ask(engine, 3).Reason));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Ask(engine, 3).NewFlow);
    }

    [Fact]
    public async Task Flood_OfUnansweredFlows_EvictsNoEstablishedFlow()
    {
        await using ManagedEngine engine = Open(new ManagedOptions { EmbryonicCapacity = 64 });
        Ask(engine, 1);
        Answer(engine, 1);

        for (ushort port = 100; port < 1100; port++)
        {
            Assert.True(Ask(engine, port).NewFlow);
        }

        Assert.False(Ask(engine, 1).NewFlow);
        Assert.Equal(33, engine.Plane.ReadFlows(AnyFlow, 100).Count());
    }

    // What only the client sends keeps its own entry in use and not the other one.
    [Fact]
    public async Task Flood_DuringUdpThatNobodyAnswers_TakesNoWayBackFromIt()
    {
        await using ManagedEngine engine = Open(new ManagedOptions { EmbryonicCapacity = 64 });
        Ask(engine, 1);

        for (ushort port = 100; port < 1100; port++)
        {
            Ask(engine, port);
            if (port % 10 == 0)
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                Assert.False(Ask(engine, 1).NewFlow);
            }
        }

        Assert.Equal(Verdict.Peer, Answer(engine, 1).Verdict);
    }

    [Fact]
    public async Task Flow_WhoseWayBackMadeRoom_IsMadeAgainByItsClientsNextPacket()
    {
        await using ManagedEngine engine = Open(new ManagedOptions { EmbryonicCapacity = 4 });
        Ask(engine, 1);
        Ask(engine, 1);
        Ask(engine, 2);
        Ask(engine, 1);
        Ask(engine, 3); // The reverse entry of the first was used longest ago and makes room.
        Assert.Equal(Verdict.Pass, Answer(engine, 1).Verdict);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        EngineResult again = Ask(engine, 1);

        Assert.Equal((Verdict.Peer, true), (again.Verdict, again.NewFlow));
        Assert.Equal(Verdict.Peer, Answer(engine, 1).Verdict);
    }

    [Fact]
    public async Task NewFlow_WhoseOldReverseEntryOutlivedItsPath_ReplacesIt()
    {
        await using ManagedEngine engine = Open(new ManagedOptions { EmbryonicCapacity = 5 });
        byte[] syn = Packet.Tcp(World.At(World.A, 40000), World.At(World.Web, 80), TcpFlags.Syn).Build();
        byte[] synAck = Packet.Tcp(World.At(World.B, 8080), World.At(World.A, 40000), TcpFlags.Syn | TcpFlags.Ack).Build();
        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, syn);
        engine.Run(PacketHook.Ingress, FixtureWorld.PodB, synAck);
        engine.Run(PacketHook.Ingress, FixtureWorld.PodB, synAck);
        Ask(engine, 1);
        Ask(engine, 2); // The forward entry was used longest ago and makes room.
        engine.Apply(FixtureWorld.Change(World.Web, FixtureWorld.Path(World.B, 8080, vmi: 99), null));
        Assert.Equal(Verdict.Pass, engine.Run(PacketHook.Ingress, FixtureWorld.PodB, synAck).Verdict);

        EngineResult again = engine.Run(PacketHook.Ingress, FixtureWorld.PodA, syn);

        Assert.Equal((Verdict.Peer, true), (again.Verdict, again.NewFlow));
        Assert.Equal(Verdict.Peer, engine.Run(PacketHook.Ingress, FixtureWorld.PodB, synAck).Verdict);
    }

    [Fact]
    public async Task Rejects_OfOneSource_AreLimitedByItsBucket()
    {
        await using ManagedEngine engine = Open(new ManagedOptions { RejectsPerSecond = 10, RejectBurst = 3 });

        Assert.Equal([Verdict.Reject, Verdict.Reject, Verdict.Reject, Verdict.Drop], Enumerable.Range(0, 4).Select(_ => Knock(World.Outside).Verdict));
        Assert.Equal(DropReason.RejectRateLimited, Knock(World.Outside).Reason);
        Assert.Equal(Verdict.Reject, Knock(World.OutsideToo).Verdict);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal([Verdict.Reject, Verdict.Drop], Enumerable.Range(0, 2).Select(_ => Knock(World.Outside).Verdict));

        EngineResult Knock(string source) => engine.Run(
            PacketHook.Ingress, FixtureWorld.Uplink, Packet.Tcp(World.At(source, 9), World.At(World.Web, 99), TcpFlags.Syn).Build());
    }

    private ManagedEngine Open(ManagedOptions options)
    {
        ManagedEngine engine = new(options, _time);
        engine.Reset(FixtureWorld.Settings, World.Network(DeliveryMode.Fast));
        engine.Apply(World.Tables);
        return engine;
    }

    private static EngineResult Ask(ManagedEngine engine, ushort port) => engine.Run(
        PacketHook.Ingress, FixtureWorld.PodA, Packet.Udp(World.At(World.A, port), World.At(World.Web, 53)).Build());

    private static EngineResult Answer(ManagedEngine engine, ushort port) => engine.Run(
        PacketHook.Ingress, FixtureWorld.PodB, Packet.Udp(World.At(World.B, 5353), World.At(World.A, port)).Build());
}
