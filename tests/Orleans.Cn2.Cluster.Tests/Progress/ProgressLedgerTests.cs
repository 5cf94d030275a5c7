using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Grains.Progress;

namespace Orleans.Cn2.Cluster.Tests.Progress;

public sealed class ProgressLedgerTests
{
    private static readonly TimeSpan Noon = TimeSpan.FromHours(12);
    private static readonly Fence Fence = Fence.Of(0, new ShardVersion(1, 5));
    private readonly ProgressLedger _ledger = new(TimeSpan.FromSeconds(3));

    [Fact]
    public void Reached_LiveNodeBehind_IsWaitedForByName()
    {
        _ledger.Take(Progress("a", 1, seq: 5), Noon);
        _ledger.Take(Progress("b", 1, seq: 4), Noon);

        FenceProgress reached = _ledger.Reached(["a", "b"], Fence, Noon);

        Assert.Equal((1, 2, false), (reached.Reached, reached.Live, reached.Registered));
        Assert.Equal(["b"], reached.WaitingFor);
    }

    [Fact]
    public void Reached_NodeFellSilent_HoldsBackOnlyTheRelease()
    {
        _ledger.Take(Progress("a", 1, seq: 5), Noon + TimeSpan.FromSeconds(4));
        _ledger.Take(Progress("b", 1, seq: 4), Noon);

        FenceProgress reached = _ledger.Reached(["a", "b"], Fence, Noon + TimeSpan.FromSeconds(4));

        Assert.Equal((1, 1, false), (reached.Reached, reached.Live, reached.Registered));
        Assert.False(_ledger.Floor(["a", "b"]).Covers(Fence));
    }

    [Fact]
    public void Reached_SessionEnded_KeepsWhatItHeld()
    {
        _ledger.Take(Progress("a", 1, seq: 5) with { Live = false }, Noon);

        FenceProgress reached = _ledger.Reached(["a"], Fence, Noon);

        Assert.Equal((0, true), (reached.Live, reached.Registered));
        Assert.True(_ledger.Floor(["a"]).Covers(Fence));
    }

    [Fact]
    public void Take_LowerSession_CountsOnlyOnceTheNewerOneIsGone()
    {
        _ledger.Take(Progress("a", 2, seq: 5), Noon);

        _ledger.Take(Progress("a", 1, seq: 9), Noon + TimeSpan.FromSeconds(1));
        Assert.Equal(new ShardVersion(1, 5), _ledger.Floor(["a"]).Versions[0]);

        _ledger.Take(Progress("a", 1, seq: 9), Noon + TimeSpan.FromSeconds(4));
        Assert.Equal(new ShardVersion(1, 9), _ledger.Floor(["a"]).Versions[0]);
    }

    [Fact]
    public void Floor_NodeThatNeverReported_HoldsNothing()
    {
        _ledger.Take(Progress("a", 1, seq: 5), Noon);

        Assert.False(_ledger.Floor(["a", "b"]).Covers(Fence));
        Assert.True(_ledger.Floor([]).Covers(Fence));
    }

    private static NodeProgress Progress(string node, ulong session, ulong seq) =>
        new(node, session, true, new ShardVector([new ShardVersion(1, seq)]));
}
