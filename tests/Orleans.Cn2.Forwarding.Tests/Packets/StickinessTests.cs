using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Testing.Packets.Fixtures;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Tests.Packets;

public sealed class StickinessTests
{
    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Flows_UnderRandomChangesOfPaths_StayOnTheirsAndLeaveThoseThatAreGone(IpFamily family)
    {
        await using ManagedEngine engine = new(new ManagedOptions { RejectsPerSecond = 1_000_000_000, RejectBurst = 1_000_000_000 });

        Assert.All(Enumerable.Range(1, 40), seed => Assert.Null(new StickinessRun(engine, family, seed).Run(2_000)));
    }
}
