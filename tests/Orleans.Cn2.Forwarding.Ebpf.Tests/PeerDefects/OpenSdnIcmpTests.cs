using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.PeerDefects;

/// <summary>What OpenSDN's data path is known to do wrong with ICMP, held against both engines.</summary>
public sealed class OpenSdnIcmpTests : IAsyncLifetime
{
    private readonly EbpfEngine _ebpf = new("opensdn");
    private readonly ManagedEngine _managed = new();

    private IEnumerable<IEngineUnderTest> Engines => [_ebpf, _managed];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Its ICMPv6 errors keep the back end's address in the quoted packet, so that no socket of the client knows what they are about.</summary>
    [Theory]
    [InlineData(DeliveryMode.Fast)]
    [InlineData(DeliveryMode.Stack)]
    public void IcmpV6Error_OfTheBackEnd_QuotesTheFloatingIp(DeliveryMode mode)
    {
        foreach (IEngineUnderTest engine in Engines)
        {
            FixtureWorld world = Open(engine, IpFamily.IPv6, mode);
            PacketSpec sent = Packet.Udp(world.At(world.A, 40000), world.At(world.Web, 53));
            EngineResult first = engine.Run(PacketHook.Ingress, FixtureWorld.PodA, sent.Build());
            PacketSpec error = (sent with { Destination = IpAddress.Parse(world.B), DestinationPort = 5353 })
                .Error(world.B, IcmpErrorKind.PortUnreachable);

            EngineResult told = mode == DeliveryMode.Fast
                ? engine.Run(PacketHook.Ingress, FixtureWorld.PodB, error.Build())
                : engine.Run(PacketHook.Egress, FixtureWorld.PodA, error.Build());

            Assert.True(first.NewFlow);
            Assert.Equal(mode == DeliveryMode.Fast ? Verdict.Peer : Verdict.Stack, told.Verdict);
            EthernetFrame.TryCreate(told.Frame, out EthernetFrame ethernet);
            Span<byte> quote = ethernet.Payload[(IPv6Packet.HeaderLength + IcmpMessage.HeaderLength)..];
            Assert.Equal(world.Web, IpAddress.FromBytes(quote[24..40]).ToString());
            Assert.Equal(53, (quote[42] << 8) | quote[43]);
            Assert.Null(PacketChecksums.Verify(told.Frame));
        }
    }

    /// <summary>It drops echo requests to a FloatingIP without a word or a counter.</summary>
    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public void Ping_OfAFloatingIp_IsAnsweredWithAndWithoutEndpoints(IpFamily family)
    {
        foreach (IEngineUnderTest engine in Engines)
        {
            FixtureWorld world = Open(engine, family, DeliveryMode.Fast);
            foreach (string floatingIp in new[] { world.Web, world.Empty })
            {
                EngineResult pong = engine.Run(PacketHook.Ingress, FixtureWorld.PodA, Packet.Echo(world.A, floatingIp).Build());

                Assert.Equal(Verdict.Echo, pong.Verdict);
                Assert.Null(PacketChecksums.Verify(pong.Frame));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ebpf.DisposeAsync();
        await _managed.DisposeAsync();
    }

    private static FixtureWorld Open(IEngineUnderTest engine, IpFamily family, DeliveryMode mode)
    {
        FixtureWorld world = new(family);
        engine.Reset(FixtureWorld.Settings, world.Network(mode));
        Assert.Empty(engine.Apply(world.Tables));
        return world;
    }
}
