using Microsoft.Extensions.Time.Testing;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Tests.Managed;

/// <summary>What an ICMP error must not do to the flow that it is about.</summary>
public sealed class FlowErrorTests
{
    private static readonly FlowFilter AnyFlow = new(default, default, default);
    private static readonly FixtureWorld World = new(IpFamily.IPv4);

    [Fact]
    public async Task Error_OfAnUnansweredFlow_NeitherPromotesNorCountsNorKeepsIt()
    {
        FakeTimeProvider time = new();
        await using ManagedEngine engine = new(null, time);
        engine.Reset(FixtureWorld.Settings, World.Network(DeliveryMode.Fast));
        engine.Apply(World.Tables);
        PacketSpec sent = Packet.Udp(World.At(World.A, 1), World.At(World.Web, 53));
        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, sent.Build());
        time.Advance(TimeSpan.FromSeconds(29));

        EngineResult told = engine.Run(
            PacketHook.Ingress, FixtureWorld.PodB, Packet.Udp(World.At(World.A, 1), World.At(World.B, 5353)).Error(World.B, IcmpErrorKind.PortUnreachable).Build());

        Assert.Equal(Verdict.Peer, told.Verdict);
        Assert.False(Assert.Single(engine.Plane.ReadFlows(AnyFlow, 10)).Established);
        Assert.Equal(1u, Assert.Single(engine.Plane.ReadFrontends(), count => count.Packets > 0).Packets);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(engine.Plane.ReadFlows(AnyFlow, 10));
    }
}
