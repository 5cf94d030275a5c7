using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Fragments;
using Orleans.Cn2.Testing.Packets;

namespace Orleans.Cn2.Forwarding.Tests.Fragments;

public sealed class FragmentHoldTests
{
    private static readonly FragmentId One = new(IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.96.0.10"), 1, 17);
    private readonly FragmentHold _hold = new(new FragmentHoldLimits { Fragments = 10, FragmentsPerSource = 4, Patience = TimeSpan.FromSeconds(1) });

    [Fact]
    public void Release_OfADatagram_GivesItsFragmentsInOrderOnce()
    {
        Assert.True(Hold(One, 1, 0));
        Assert.True(Hold(One with { Id = 2 }, 9, 0));
        Assert.True(Hold(One, 2, 0.5));
        Assert.Equal([One, One with { Id = 2 }], _hold.Datagrams);

        Assert.Equal([1, 2], _hold.Release(One).Select(frame => frame[0]));

        Assert.Empty(_hold.Release(One));
        Assert.Equal(1, _hold.Count);
    }

    [Fact]
    public void Release_OfADatagram_KeepsNothingOfItsFrames()
    {
        WeakReference frame = HoldAndRelease();
        GC.Collect();

        Assert.False(frame.IsAlive);
        Assert.Empty(_hold.Expire(TimeSpan.FromSeconds(5)));

        // Not inlined: no register of this test may keep the frame.
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        WeakReference HoldAndRelease()
        {
            byte[] held = new byte[2_000];
            Assert.True(_hold.TryHold(One, held, TimeSpan.Zero));
            Assert.Single(_hold.Release(One));
            return new WeakReference(held);
        }
    }

    [Fact]
    public void Expire_AfterThePatience_GivesWhatWaitedSoLong()
    {
        Hold(One, 1, 0);
        Hold(One, 2, 0.5);
        Hold(One with { Id = 2 }, 3, 0.7);

        Assert.Empty(_hold.Expire(TimeSpan.FromSeconds(0.99)));
        Assert.Equal([1], _hold.Expire(TimeSpan.FromSeconds(1)).Select(frame => frame[0]));
        Assert.Equal([2], _hold.Release(One).Select(frame => frame[0]));
        Assert.Equal([3], _hold.Expire(TimeSpan.FromSeconds(5)).Select(frame => frame[0]));
        Assert.Equal(0, _hold.Count);
        Assert.Empty(_hold.Datagrams);
    }

    [Fact]
    public void Expire_OfAnIdThatIsHeldAgain_LeavesTheNewOne()
    {
        Hold(One, 1, 0);
        _hold.Release(One);
        Hold(One, 2, 0.9);

        Assert.Empty(_hold.Expire(TimeSpan.FromSeconds(1.5)));
        Assert.Equal([2], _hold.Release(One).Select(frame => frame[0]));
    }

    [Fact]
    public void TryHold_BeyondTheLimits_RefusesTheSourceAndAll()
    {
        Assert.All(Enumerable.Range(0, 4), i => Assert.True(Hold(One with { Id = (uint)i }, 0, 0)));
        Assert.False(Hold(One with { Id = 9 }, 0, 0));

        IpAddress v6 = IpAddress.Parse("2001:db8::1");
        Assert.All(Enumerable.Range(0, 4), i => Assert.True(Hold(One with { Source = IpAddress.V6(v6.Bits + (UInt128)i) }, 0, 0)));
        Assert.False(Hold(One with { Source = IpAddress.Parse("2001:db8::ffff") }, 0, 0));

        Assert.True(Hold(One with { Source = IpAddress.Parse("2001:db8:0:1::1") }, 0, 0));
        Assert.True(Hold(One with { Source = IpAddress.Parse("10.0.0.2") }, 0, 0));
        Assert.False(Hold(One with { Source = IpAddress.Parse("10.0.0.3") }, 0, 0));
        _hold.Release(One with { Id = 3 });
        Assert.True(Hold(One with { Source = IpAddress.Parse("10.0.0.3") }, 0, 0));
    }

    [Theory]
    [InlineData("10.0.0.1:5", "10.96.0.10:53", 17)]
    [InlineData("[fd00::1]:5", "[fd00:96::10]:53", 0)]
    public void TryRead_OfALaterFragment_NamesItsDatagram(string source, string destination, byte protocol)
    {
        PacketSpec packet = Packet.Udp(source, destination).WithPayload(100);

        Assert.True(FragmentId.TryRead(packet.Piece(16, 32, true, id: 0x77).Build(), out FragmentId id));
        Assert.Equal(new FragmentId(packet.Source, packet.Destination, 0x77, protocol), id);
        Assert.False(FragmentId.TryRead(packet.Piece(0, 32, true).Build(), out _));
        Assert.False(FragmentId.TryRead(packet.Build(), out _));
        Assert.False(FragmentId.TryRead(packet.Piece(16, 32, true).Build().AsSpan(0, 20), out _));
    }

    private bool Hold(FragmentId id, byte mark, double now) => _hold.TryHold(id, [mark], TimeSpan.FromSeconds(now));
}
