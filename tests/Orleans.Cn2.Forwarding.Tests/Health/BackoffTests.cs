using Orleans.Cn2.Forwarding.Health;

namespace Orleans.Cn2.Forwarding.Tests.Health;

public sealed class BackoffTests
{
    [Fact]
    public void Next_FailureAfterFailure_DoublesUpToFiveSeconds()
    {
        Backoff backoff = new(() => 1);

        double[] delays = [.. Enumerable.Range(0, 8).Select(_ => backoff.Next().TotalMilliseconds)];

        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000], delays);
    }

    [Fact]
    public void Next_AnyDraw_IsBetweenHalfAndWhole()
    {
        Assert.Equal(50, new Backoff(() => 0).Next().TotalMilliseconds);
        Assert.Equal(75, new Backoff(() => 0.5).Next().TotalMilliseconds);
    }

    [Fact]
    public void Reset_AfterSuccess_StartsAnew()
    {
        Backoff backoff = new(() => 1);
        backoff.Next();
        backoff.Next();

        backoff.Reset();

        Assert.Equal(100, backoff.Next().TotalMilliseconds);
    }
}
