using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Cluster.Tests.Hosting;

public sealed class PaceTests
{
    [Fact]
    public async Task Run_MoreThanAtOnce_HasABoundedNumberUnderWayAndEndsAll()
    {
        const int calls = 5_000;
        using Pace pace = new();
        int underWay = 0;
        int most = 0;

        int[] answers = await Task.WhenAll(Enumerable.Range(0, calls).Select(call => pace.RunAsync(async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref underWay));
            await Task.Yield();
            Interlocked.Decrement(ref underWay);
            return call;
        })));

        Assert.Equal(Enumerable.Range(0, calls), answers);
        Assert.InRange(most, 1, Environment.ProcessorCount * 32);
    }

    [Fact]
    public async Task Run_CallFails_FreesItsTurn()
    {
        using Pace pace = new();
        for (int i = 0; i < Environment.ProcessorCount * 32 * 2; i++)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => pace.RunAsync<int>(() => throw new TimeoutException("planted fault")));
        }

        Assert.Equal(7, await pace.RunAsync(() => Task.FromResult(7)));
    }
}
