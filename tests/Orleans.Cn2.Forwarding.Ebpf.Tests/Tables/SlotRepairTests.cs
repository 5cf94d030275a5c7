using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>Slots that others changed show in the digest, and are right again when their service is next given as it was.</summary>
public sealed class SlotRepairTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Apply_SameTableAfterItsSlotsWereChanged_WritesThemAgain(bool isRestarted)
    {
        using BpfMount mount = new();
        await using EbpfEngine engine = new("bpf-slots", options: new EbpfOptions { Capacity = EbpfEngine.Small, PinRoot = mount.Directory });
        FixtureWorld world = new(IpFamily.IPv4);
        engine.Reset(FixtureWorld.Settings, world.Network(DeliveryMode.Fast));
        TableChange change = world.Tables;
        Assert.Empty(engine.Apply(change));
        TableDigest right = engine.Plane.ReadDigest(0);

        for (uint pair = 0; pair < engine.Plane.ReadStatus().SlotsUsed / 2; pair++)
        {
            engine.Plane.Path["slots"].Set(pair, ulong.MaxValue);
        }

        if (isRestarted)
        {
            await engine.RestartAsync();
        }

        Assert.NotEqual(right, engine.Plane.ReadDigest(0));
        Assert.Empty(engine.Apply(change));
        Assert.Equal(right, engine.Plane.ReadDigest(0));
    }
}
