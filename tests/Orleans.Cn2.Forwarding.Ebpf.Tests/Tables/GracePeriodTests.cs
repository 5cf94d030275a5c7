using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>
/// An acknowledged removal means that no packet is under way to the path (I7), so the kernel's grace period is over and the old block is free again. Other
/// changes wait for nothing: theirs is free after the next period.
/// </summary>
public sealed class GracePeriodTests
{
    private static readonly Guid Uid = new("31111111-2222-3333-4444-555555555555");

    [Fact]
    public async Task Apply_PathRemoved_ReturnsWhenNoPacketIsUnderWayToIt()
    {
        await using EbpfEngine engine = new("bpf-grace");
        Apply(engine, 1, PathState.Active, PathState.Active, PathState.Active);
        long before = engine.Plane.ReadStatus().SlotsUsed;

        Apply(engine, 2, PathState.Active, PathState.Active);

        Assert.Equal(before, engine.Plane.ReadStatus().SlotsUsed);
    }

    [Fact]
    public async Task Apply_PathDrains_ReturnsAtOnceAndItsOldBlockIsFreeAfterAPeriod()
    {
        await using EbpfEngine engine = new("bpf-grace");
        Apply(engine, 1, PathState.Active, PathState.Active, PathState.Active);
        long before = engine.Plane.ReadStatus().SlotsUsed;

        Apply(engine, 2, PathState.Active, PathState.Active, PathState.DrainingServing);

        Assert.Equal(2 * before, engine.Plane.ReadStatus().SlotsUsed);
        engine.Plane.ExpireFlows();
        Assert.Equal(before, engine.Plane.ReadStatus().SlotsUsed);
    }

    private static void Apply(EbpfEngine engine, ulong generation, params PathState[] paths) => Assert.Empty(engine.Apply(new TableChange(0, Complete: true,
        [
            new ServiceTable(Uid, new NamespacedName("default", "web"), generation,
                [
                    new Frontend(
                        IpAddress.Parse("10.96.0.10"), TransportProtocol.Tcp, 80, TableIds.OfFrontend(Uid, IpFamily.IPv4, TransportProtocol.Tcp, 80), FrontendFlags.None, 0,
                        [.. paths.Select((state, i) => new EcmpPath(IpAddress.Parse($"10.244.1.{10 + i}"), 8080, 1, state, (ulong)i + 1))])
                ])
        ], [])));
}
