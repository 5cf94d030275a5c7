using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tests.Addressing;

public sealed class AddressPoolTests
{
    private static readonly IpPrefix Small = IpPrefix.Parse("10.0.0.0/27");

    [Theory]
    [InlineData(0, "10.0.0.17")]
    [InlineData(13, "10.0.0.30")]
    [InlineData(14, "10.0.0.17")]
    public void ClaimAny_EmptyPool_StartsInDynamicBandWhereRandomSays(ulong random, string expected)
    {
        AddressPool pool = new(Small);

        Assert.Equal(expected, pool.ClaimAny(Leases.Of(1), random).Address.ToString());
    }

    [Fact]
    public void ClaimAny_StartTaken_ScansOnAndWraps()
    {
        AddressPool pool = new(Small);
        pool.Claim(Leases.Of(1), IpAddress.Parse("10.0.0.29"));

        string[] granted = [.. Enumerable.Range(2, 3).Select(i => pool.ClaimAny(Leases.Of(i), 12).Address.ToString())];

        Assert.Equal(["10.0.0.30", "10.0.0.17", "10.0.0.18"], granted);
    }

    [Fact]
    public void ClaimAny_DynamicBandFull_FallsBackToStaticBand()
    {
        AddressPool pool = new(Small);
        for (int i = 1; i <= 14; i++)
        {
            Assert.True(pool.ClaimAny(Leases.Of(i), 5).Address >= IpAddress.Parse("10.0.0.17"));
        }

        Assert.Equal("10.0.0.6", pool.ClaimAny(Leases.Of(15), 5).Address.ToString());
    }

    [Fact]
    public void ClaimAny_EverythingLeased_IsFull()
    {
        AddressPool pool = new(Small);
        HashSet<IpAddress> granted = [.. Enumerable.Range(1, 30).Select(i => pool.ClaimAny(Leases.Of(i), (ulong)i).Address)];

        ClaimResult result = pool.ClaimAny(Leases.Of(31), 0);

        Assert.Equal(30, granted.Count);
        Assert.Equal((ClaimRefusal.RangeFull, false), (result.Refusal, result.Changed));
        Assert.Equal("range is full", result.Refusal.Describe());
    }

    [Fact]
    public void ClaimAny_SameClaimAgain_AnswersSameAddressAndChangesNothing()
    {
        AddressPool pool = new(Small);
        ClaimResult first = pool.ClaimAny(Leases.Of(1), 3);
        pool.TakeChanges();

        ClaimResult again = pool.ClaimAny(Leases.Of(1), 9);

        Assert.Equal((first.Address, true, false), (again.Address, again.Granted, again.Changed));
        Assert.Empty(pool.TakeChanges());
    }

    [Theory]
    [InlineData("10.0.0.0", "the provided network does not match the current range")]
    [InlineData("10.0.0.31", "the provided network does not match the current range")]
    [InlineData("10.0.1.1", "the provided network does not match the current range")]
    [InlineData("2000::1", "the provided network does not match the current range")]
    [InlineData("10.0.0.7", "provided IP is already allocated")]
    public void Claim_AddressNotToBeHad_SaysWhy(string address, string why)
    {
        AddressPool pool = new(Small);
        pool.Claim(Leases.Of(1), IpAddress.Parse("10.0.0.7"));

        ClaimResult result = pool.Claim(Leases.Of(2), IpAddress.Parse(address));

        Assert.Equal(why, result.Refusal.Describe());
        Assert.Equal(result.Refusal, pool.Check(IpAddress.Parse(address), Leases.Id(2)));
        Assert.Equal(1, pool.Leased);
    }

    [Fact]
    public void Claim_LastIPv6Address_IsUsable() =>
        Assert.True(new AddressPool(IpPrefix.Parse("2000::/64")).Claim(Leases.Of(1), IpAddress.Parse("2000::ffff:ffff:ffff:ffff")).Granted);

    [Fact]
    public void Claim_ClaimHoldsAnotherAddress_IsRefusedNamingIt()
    {
        AddressPool pool = new(Small);
        pool.Claim(Leases.Of(1), IpAddress.Parse("10.0.0.7"));

        ClaimResult result = pool.Claim(Leases.Of(1), IpAddress.Parse("10.0.0.8"));

        Assert.Equal((ClaimRefusal.ClaimHoldsAnother, IpAddress.Parse("10.0.0.7")), (result.Refusal, result.Address));
    }

    [Fact]
    public void Claim_SameAddressAgain_ChangesNothing()
    {
        AddressPool pool = new(Small);
        pool.Claim(Leases.Of(1), IpAddress.Parse("10.0.0.7"));

        ClaimResult again = pool.Claim(Leases.Of(1), IpAddress.Parse("10.0.0.7"));

        Assert.Equal((true, false), (again.Granted, again.Changed));
    }

    [Fact]
    public void Release_WithoutQuarantine_FreesAtOnce()
    {
        AddressPool pool = new(Small);
        IpAddress address = pool.ClaimAny(Leases.Of(1), 0).Address;

        Assert.True(pool.Release(Leases.Id(1), address, null));

        Assert.Null(pool.Find(address));
        Assert.Equal(address, pool.ClaimAny(Leases.Of(2), 0).Address);
    }

    [Fact]
    public void Release_ByAnotherOrTwiceOrOutOfRange_ChangesNothing()
    {
        AddressPool pool = new(Small);
        IpAddress address = pool.ClaimAny(Leases.Of(1), 0).Address;

        Assert.False(pool.Release(Leases.Id(2), address, null));
        Assert.False(pool.Release(Leases.Id(1), IpAddress.Parse("10.9.9.9"), null));
        Assert.True(pool.Release(Leases.Id(1), address, Leases.Since(1)));
        Assert.False(pool.Release(Leases.Id(1), address, null));
        Assert.Equal((0, 1), (pool.Leased, pool.Quarantined));
    }

    [Fact]
    public void ClaimAny_QuarantinedAddress_IsPassedOverWhileOthersAreFree()
    {
        AddressPool pool = new(Small);
        IpAddress address = pool.ClaimAny(Leases.Of(1), 0).Address;
        pool.Release(Leases.Id(1), address, Leases.Since(1));

        for (int i = 2; i <= 30; i++)
        {
            ClaimResult result = pool.ClaimAny(Leases.Of(i), 0);
            Assert.NotEqual(address, result.Address);
            Assert.Null(result.Evicted);
        }
    }

    [Fact]
    public void ClaimAny_OnlyQuarantinedLeft_TakesTheOldestAndSaysSo()
    {
        AddressPool pool = new(IpPrefix.Parse("10.0.0.0/29"));
        IpAddress[] addresses = [.. Enumerable.Range(1, 6).Select(i => pool.ClaimAny(Leases.Of(i), 0).Address)];
        pool.Release(Leases.Id(5), addresses[4], Leases.Since(1));
        pool.Release(Leases.Id(2), addresses[1], Leases.Since(2));

        ClaimResult first = pool.ClaimAny(Leases.Of(7), 0);
        ClaimResult second = pool.ClaimAny(Leases.Of(8), 0);

        Assert.Equal((addresses[4], Leases.Id(5)), (first.Address, first.Evicted!.ClaimId));
        Assert.Equal((addresses[1], Leases.Id(2)), (second.Address, second.Evicted!.ClaimId));
        Assert.Equal(ClaimRefusal.RangeFull, pool.ClaimAny(Leases.Of(9), 0).Refusal);
    }

    [Fact]
    public void Claim_QuarantinedAddressByName_IsGranted()
    {
        AddressPool pool = new(Small);
        IpAddress address = pool.ClaimAny(Leases.Of(1), 0).Address;
        pool.Release(Leases.Id(1), address, Leases.Since(1));

        ClaimResult result = pool.Claim(Leases.Of(2), address);

        Assert.Equal((true, Leases.Id(1)), (result.Granted, result.Evicted!.ClaimId));
        Assert.Equal((1, 0), (pool.Leased, pool.Quarantined));
    }

    [Fact]
    public void Release_UndoneClaimOfQuarantinedAddress_PutsItBackInQuarantine()
    {
        AddressPool pool = new(Small);
        IpAddress address = pool.ClaimAny(Leases.Of(1), 0).Address;
        pool.Release(Leases.Id(1), address, Leases.Since(1));
        Lease quarantined = pool.Find(address)!;
        pool.Claim(Leases.Of(2), address);

        pool.Release(Leases.Id(2), address, null);

        Assert.Equal(quarantined, pool.Find(address));
        Assert.Equal([address], pool.InQuarantine().Select(entry => entry.Key));
    }

    [Fact]
    public void Release_PublishedClaimOfQuarantinedAddress_ForgetsTheEvictedOne()
    {
        AddressPool pool = new(Small);
        IpAddress address = pool.ClaimAny(Leases.Of(1), 0).Address;
        pool.Release(Leases.Id(1), address, Leases.Since(1));
        pool.Claim(Leases.Of(2), address);
        Assert.Equal(Leases.Id(1), pool.Find(address)!.Evicted!.ClaimId);

        pool.Release(Leases.Id(2), address, Leases.Since(2));

        Assert.Equal(Leases.Of(2) with { Quarantine = Leases.Since(2) }, pool.Find(address));
    }

    [Fact]
    public void EndQuarantine_QuarantinedAddress_IsFreeAgain()
    {
        AddressPool pool = new(Small);
        IpAddress address = pool.ClaimAny(Leases.Of(1), 0).Address;
        Assert.False(pool.EndQuarantine(address));
        pool.Release(Leases.Id(1), address, Leases.Since(1));

        Assert.True(pool.EndQuarantine(address));

        Assert.Equal((0, address), (pool.Quarantined, pool.ClaimAny(Leases.Of(2), 0).Address));
    }

    [Fact]
    public void TakeChanges_AfterChanges_NamesTheTouchedBlocksOnce()
    {
        AddressPool pool = new(IpPrefix.Parse("10.0.0.0/16"));
        pool.Claim(Leases.Of(1), IpAddress.Parse("10.0.7.1"));
        pool.Claim(Leases.Of(2), IpAddress.Parse("10.0.7.2"));
        pool.Claim(Leases.Of(3), IpAddress.Parse("10.0.3.2"));

        Assert.Equal([3UL, 7UL], pool.TakeChanges().Select(block => block.Index));
        Assert.Empty(pool.TakeChanges());
        pool.Release(Leases.Id(3), IpAddress.Parse("10.0.3.2"), null);
        Assert.True(Assert.Single(pool.TakeChanges()).IsEmpty);
        Assert.Equal([7UL], pool.Blocks);
    }

    [Fact]
    public void Replace_StoredBlock_UndoesWhatWasNotStored()
    {
        AddressPool pool = new(Small);
        pool.Claim(Leases.Of(1), IpAddress.Parse("10.0.0.1"));
        LeaseBlock stored = pool.TakeChanges()[0];
        pool.Claim(Leases.Of(2), IpAddress.Parse("10.0.0.2"));
        pool.Release(Leases.Id(1), IpAddress.Parse("10.0.0.1"), null);

        pool.Replace(stored);

        Assert.Equal(stored, pool.Block(0));
        Assert.Equal((1, IpAddress.Parse("10.0.0.1"), null), (pool.Leased, pool.AddressOf(Leases.Id(1)), pool.AddressOf(Leases.Id(2))));
        Assert.Empty(pool.TakeChanges());
    }

    [Fact]
    public void Leases_BeyondAnAddress_ComeInOrder()
    {
        AddressPool pool = new(IpPrefix.Parse("2000::/64"));
        string[] addresses = ["2000::1", "2000::2", "2000::1:0", "2000::ffff:ffff:ffff:ffff"];
        for (int i = 0; i < addresses.Length; i++)
        {
            pool.Claim(Leases.Of(i + 1), IpAddress.Parse(addresses[i]));
        }

        Assert.Equal(addresses, pool.Leases().Select(entry => entry.Key.ToString()));
        Assert.Equal(addresses[2..], pool.Leases(IpAddress.Parse("2000::2")).Select(entry => entry.Key.ToString()));
        Assert.Empty(pool.Leases(IpAddress.Parse(addresses[3])));
    }
}
