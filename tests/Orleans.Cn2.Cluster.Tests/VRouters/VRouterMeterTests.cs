using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Grains.VRouters;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

public sealed class VRouterMeterTests
{
    [Fact]
    public void ByService_MoreThanAreNamed_SumsUpTheIdlest()
    {
        FrontendCount[] frontends = [Count(1, 5), Count(2, 40), Count(3, 7), Count(4, 2), Count(5, 1000)];
        string? NameOf(ulong id) => id switch { 1 or 3 => "n/two-ports", 2 => "n/busy", 4 => "n/idle", _ => null };

        Assert.Equal(
            [(40UL, "n/busy"), (12UL, "n/two-ports"), (2UL, VRouterMeter.Rest)],
            VRouterMeter.ByService(frontends, NameOf, count => count.Packets, most: 2));
    }

    private static FrontendCount Count(ulong id, ulong packets) => new(id, packets, packets * 60, 1);
}
