using Orleans.Cn2.Grains.Nodes;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

public sealed class NodeStreamTests
{
    private readonly SteppedTime _time = new();
    private readonly NodeStream _stream;

    public NodeStreamTests() => _stream = new NodeStream(_time);

    [Fact]
    public void Lasted_StreamStands_CountsFromItsBeginWhoeverRenewsIt()
    {
        _time.Pass(seconds: 7);
        Assert.True(_stream.Up(5));
        _time.Pass(seconds: 3);
        Assert.True(_stream.Up(5));

        // A worker that changed its silo without having been gone stands on.
        Assert.True(_stream.Up(6));
        Assert.Equal((true, TimeSpan.FromSeconds(3)), (_stream.Stands, _stream.Lasted));
    }

    [Fact]
    public void Lasted_StreamEnded_CountsFromItsEnd()
    {
        _stream.Up(5);
        _time.Pass(seconds: 3);
        _stream.Down(5);
        _time.Pass(seconds: 2);
        Assert.Equal((false, TimeSpan.FromSeconds(2)), (_stream.Stands, _stream.Lasted));

        _stream.Down(5);
        Assert.Equal(TimeSpan.FromSeconds(2), _stream.Lasted);
        _stream.Up(7);
        Assert.Equal((true, TimeSpan.Zero), (_stream.Stands, _stream.Lasted));
    }

    [Fact]
    public void Lasted_NeverHeardOf_CountsFromTheStart()
    {
        _time.Pass(seconds: 4);

        Assert.Equal((false, TimeSpan.FromSeconds(4), null), (_stream.Stands, _stream.Lasted, _stream.LastSeen));
    }

    [Fact]
    public void IsLost_NeverHeardOf_TakesThreeGraces()
    {
        TimeSpan grace = TimeSpan.FromSeconds(2);
        _time.Pass(seconds: 5);
        Assert.False(_stream.IsLost(grace));
        _time.Pass(seconds: 1);
        Assert.True(_stream.IsLost(grace));

        _stream.Up(5);
        Assert.False(_stream.IsLost(grace));
        _stream.Down(5);
        Assert.False(_stream.IsLost(grace));
        _time.Pass(seconds: 2);
        Assert.True(_stream.IsLost(grace));
    }

    [Fact]
    public void UpAndDown_OfAnOlderSession_CountOnlyOnceTheNewerOneIsGone()
    {
        _stream.Up(5);

        Assert.False(_stream.Up(4));
        _stream.Down(4);
        Assert.True(_stream.Stands);
        _stream.Down(5);
        Assert.True(_stream.Up(4));
    }

    [Fact]
    public void Expire_NothingHeard_EndsIt()
    {
        _stream.Up(5);
        _time.Pass(seconds: 8);
        _stream.Expire(TimeSpan.FromSeconds(8));
        Assert.True(_stream.Stands);
        _time.Pass(seconds: 1);
        _stream.Expire(TimeSpan.FromSeconds(8));

        Assert.Equal((false, TimeSpan.Zero), (_stream.Stands, _stream.Lasted));
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks = TimeSpan.TicksPerHour;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(int seconds) => _ticks += seconds * TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;
    }
}
