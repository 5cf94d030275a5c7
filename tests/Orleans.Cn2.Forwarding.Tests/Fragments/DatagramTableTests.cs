using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Fragments;

namespace Orleans.Cn2.Forwarding.Tests.Fragments;

public sealed class DatagramTableTests
{
    private const long Life = 30_000_000_000;
    private readonly DatagramTable _table = new(4, new FragmentLimits { OpenPerSource = 3 });

    [Fact]
    public void Find_AfterItsLife_KnowsNothing()
    {
        Datagram datagram = Open(Key(1, 1), now: 0)!;

        Assert.Same(datagram, _table.Find(Key(1, 1), Life));
        Assert.Null(_table.Find(Key(1, 1), Life + 1));
        Assert.Null(_table.Find(Key(1, 2), 0));
    }

    [Fact]
    public void Open_BeyondTheLimitOfASource_RefusesUntilOneEndsOrALifetimePassed()
    {
        Datagram first = Open(Key(1, 1), 0)!;
        Assert.NotNull(Open(Key(1, 2), 0));
        Assert.NotNull(Open(Key(1, 3), 0));
        Assert.Null(Open(Key(1, 4), 0));

        Assert.True(first.TryTake(Piece(0, 16, more: true)));
        _table.CloseIfComplete(Key(1, 1), isV6: false, first);
        Assert.Null(Open(Key(1, 4), 0));
        Assert.True(first.TryTake(Piece(16, 20, more: false)));
        _table.CloseIfComplete(Key(1, 1), isV6: false, first);
        Assert.NotNull(Open(Key(1, 4), 0));

        Assert.Null(Open(Key(1, 5), Life));
        Assert.NotNull(Open(Key(1, 5), Life + 1));
    }

    [Fact]
    public void Open_WhenFull_ForgetsTheOldest()
    {
        for (uint i = 0; i < 5; i++)
        {
            Assert.NotNull(Open(Key(i, 1), 0));
        }

        Assert.Null(_table.Find(Key(0, 1), 0));
        Assert.All(Enumerable.Range(1, 4), i => Assert.NotNull(_table.Find(Key((uint)i, 1), 0)));
    }

    [Fact]
    public void Open_OfManyThatEnd_NeverForgetsOneThatIsUnderWay()
    {
        Datagram kept = Open(Key(9, 9), 0)!;
        for (uint i = 0; i < 30; i++)
        {
            Datagram datagram = Open(Key(1, i), 0)!;
            datagram.TryTake(Piece(0, 8, more: false));
            _table.CloseIfComplete(Key(1, i), isV6: false, datagram);
        }

        Assert.Same(kept, _table.Find(Key(9, 9), 0));
    }

    [Fact]
    public void TryTake_OfTheLongestDatagram_CompletesWithItsLastByte()
    {
        Datagram datagram = Open(Key(1, 1), 0)!;
        Assert.True(datagram.TryTake(Piece(65_528, 65_535, more: false)));
        Assert.True(datagram.TryTake(Piece(0, 8, more: true)));
        Assert.False(datagram.IsComplete);
        Assert.True(datagram.TryTake(Piece(8, 65_528, more: true)));
        Assert.True(datagram.IsComplete);
    }

    private Datagram? Open(DatagramKey key, long now) => _table.Open(key, isV6: false, now, fromInterface: 7, fromNode: false);

    private static DatagramKey Key(uint source, uint id) => new(MappedAddress.OfV4(source), MappedAddress.OfV4(99), id, 17, AtEgress: false);

    private static Fragment Piece(int start, int end, bool more) => new(true, 0, start, end - start, 20, more);
}
