using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

public sealed class StickinessTests
{
    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Flows_UnderRandomChangesOfPaths_StayOnTheirsAndLeaveThoseThatAreGone(IpFamily family)
    {
        await using EbpfEngine engine = new("sticky", limitRejects: false);

        Assert.All(Enumerable.Range(1, 10), seed => Assert.Null(new StickinessRun(engine, family, seed).Run(2_000)));
    }
}
