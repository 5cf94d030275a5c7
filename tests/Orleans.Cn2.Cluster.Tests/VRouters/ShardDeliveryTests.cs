using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.VRouters;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

/// <summary>What an acknowledgement proves.</summary>
public sealed class ShardDeliveryTests
{
    private const ulong View = 7;
    private static readonly TableDigest Other = new(99, 1);
    private readonly SteppedTime _time = new();
    private readonly ShardDelivery _shard;

    public ShardDeliveryTests() => _shard = new ShardDelivery(_time);

    [Fact]
    public void Take_DigestAnnounced_ProvesTheVersionAndTellsWhatItCovers()
    {
        _shard.Sent(Update(1));
        _shard.Sent(Update(2));
        _shard.Sent(Update(3));

        (Acknowledgement worth, IReadOnlyList<DateTimeOffset> committed) = _shard.Take(Holding(2));

        Assert.Equal(Acknowledgement.Proven, worth);
        Assert.Equal([At(1), At(2)], committed);
        Assert.Equal(Version(2), _shard.Proven);
        Assert.Equal([At(3)], _shard.Take(Holding(3)).Committed);
    }

    [Fact]
    public void Take_SnapshotProven_TellsNoTimeOfAChange()
    {
        _shard.Sent(Update(1, snapshot: true));

        Assert.Empty(_shard.Take(Holding(1)).Committed);
        Assert.Equal(Version(1), _shard.Proven);
    }

    [Fact]
    public void Take_AnotherDigest_KeepsWhatWasProvenAndDistrusts()
    {
        _shard.Sent(Update(1));
        _shard.Take(Holding(1));
        _shard.Sent(Update(2));

        Assert.Equal(Acknowledgement.Mismatch, _shard.Take(Holding(2) with { Digest = Other }).Worth);

        Assert.Equal(Version(1), _shard.Proven);
        Assert.True(_shard.Distrusted);
        _shard.Sent(Update(2, snapshot: true));
        Assert.False(_shard.Distrusted);
        Assert.Equal(Acknowledgement.Proven, _shard.Take(Holding(2)).Worth);
    }

    [Fact]
    public void Take_AnotherDigestAfterASnapshot_IsNotAskedForAgainAtOnce()
    {
        _shard.Sent(Update(1, snapshot: true));
        _shard.Take(Holding(1) with { Digest = Other });

        Assert.False(_shard.Distrusted);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_shard.Distrusted);
    }

    [Fact]
    public void Take_AnotherDigestBesideANack_IsNeitherProvenNorDistrusted()
    {
        _shard.Sent(Update(1));
        _shard.Take(Holding(1));
        _shard.Sent(Update(2));
        _shard.Refuse(Version(2));

        Assert.Equal(Acknowledgement.Unproven, _shard.Take(Holding(2) with { Digest = Other }).Worth);

        Assert.Equal((Version(1), false), (_shard.Proven, _shard.Distrusted));
        _shard.Sent(Update(3));
        Assert.Equal(Acknowledgement.Mismatch, _shard.Take(Holding(3) with { Digest = Other }).Worth);
    }

    [Fact]
    public void Take_VersionHeldBack_ProvesNothingMore()
    {
        _shard.Sent(Update(1));
        _shard.Take(Holding(1));
        _shard.Sent(Update(2));
        _shard.Refuse(Version(1));

        Assert.Equal(Acknowledgement.Unproven, _shard.Take(Holding(1) with { Digest = Other }).Worth);
        Assert.Equal((Version(1), false), (_shard.Proven, _shard.Distrusted));
        Assert.Equal(Acknowledgement.Proven, _shard.Take(Holding(2)).Worth);
    }

    [Fact]
    public void Take_NoVersion_ProvesNothingAtAll()
    {
        _shard.Sent(Update(1));
        _shard.Take(Holding(1));

        Assert.Equal(Acknowledgement.Distrusted, _shard.Take(new ShardHolding(1, ShardVersion.None, 0, default)).Worth);

        Assert.Equal((ShardVersion.None, true), (_shard.Proven, _shard.Distrusted));
        Assert.Null(_shard.Held);
    }

    [Fact]
    public void Sent_WithoutAnyAcknowledgement_IsForgottenFromTheOldest()
    {
        for (ulong seq = 1; seq <= ShardDelivery.MostAnnounced + 1; seq++)
        {
            _shard.Sent(Update(seq));
        }

        Assert.Equal(Acknowledgement.Unproven, _shard.Take(Holding(1)).Worth);
        (Acknowledgement worth, IReadOnlyList<DateTimeOffset> committed) = _shard.Take(Holding(ShardDelivery.MostAnnounced + 1));
        Assert.Equal((Acknowledgement.Proven, ShardDelivery.MostAnnounced), (worth, committed.Count));
    }

    [Fact]
    public void Compare_WhatIsCompiled_ProvesWhatAnotherStreamAnnounced()
    {
        NodeShard compiled = ShardTable.Empty.After(Shards.Snapshot(5, 4, Shards.Entry(1, 1, false, "a"))).At("a");
        ShardHolding held = new(1, compiled.Shard.Version, View, compiled.Digest);
        _shard.Take(held with { Digest = Other });
        Assert.False(_shard.Compare(compiled, View));

        _shard.Take(held);

        Assert.False(_shard.Compare(compiled, View + 1));
        Assert.True(_shard.Compare(compiled, View));
        Assert.Equal(held.Version, _shard.Proven);
        Assert.False(_shard.Compare(compiled, View));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(0, 0)]
    public void Resume_EarlierStream_CountsWhatItProvedWhereTheWorkerHoldsThat(ulong says, ulong proven)
    {
        _shard.Sent(Update(1));
        _shard.Take(Holding(1));
        ShardDelivery next = new(_time);
        next.Take(Holding(says) with { Digest = Other });

        next.Resume(_shard);

        Assert.Equal(proven == 0 ? ShardVersion.None : Version(proven), next.Proven);
    }

    [Fact]
    public void Note_MoreThanThereIsRoomFor_KeepsTheFirst()
    {
        NackBook book = new();
        Assert.Equal(NackBook.Most, Enumerable.Range(0, NackBook.Most + 5).Count(number => book.Note(Nack(number, "no room")) is not null));

        Assert.Equal("still", book.Note(Nack(0, "still"))?.Reason);
        Assert.Equal(NackBook.Most, book.All.Count);
        book.Solve(2);
        Assert.Equal(NackBook.Most, book.All.Count);
        book.Solve(1);
        Assert.Empty(book.All);
    }

    private static WorkerNack Nack(int number, string reason) => new(Shards.Uid(number), new Core.NamespacedName("shards", $"s{number}"), 1, Version(1), reason);

    private static ShardVersion Version(ulong seq) => new(5, seq);

    private static DateTimeOffset At(ulong seq) => Shards.Noon.AddSeconds(seq);

    private static TableDigest Digest(ulong seq) => new(seq, seq);

    private static ShardHolding Holding(ulong seq) => new(1, Version(seq), View, Digest(seq));

    private static ShardUpdate Update(ulong seq, bool snapshot = false) =>
        new(1, snapshot ? null : Version(seq - 1), Version(seq), View, [], [Shards.Uid(1)], Digest(seq), null, At(seq));

    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks = TimeSpan.TicksPerHour;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
