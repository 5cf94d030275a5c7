using CsCheck;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Ecmp;

namespace Orleans.Cn2.Core.Tests.Ecmp;

public sealed class FlowHashTests
{
    private static readonly UInt128 Key = new(0x0123456789abcdef, 0xfedcba9876543210);

    [Fact]
    public void OfTuple_IPv4_HashesMappedAddressesAndPortsInNetworkOrder()
    {
        byte[] tuple = Convert.FromHexString("00000000000000000000ffff0a010203" + "00000000000000000000ffff0a600001" + "c001" + "0050" + "06");

        ulong hash = FlowHash.OfTuple(
            Key, IpAddress.Parse("10.1.2.3"), IpAddress.Parse("10.96.0.1"), 0xc001, 80, TransportProtocol.Tcp);

        Assert.Equal(FlowHash.TupleLength, tuple.Length);
        Assert.Equal(SipHash13.Hash(Key, tuple), hash);
    }

    [Fact]
    public void OfTuple_IPv6_HashesAddressesAsTheyAre()
    {
        byte[] tuple = Convert.FromHexString("20010db8000000000000000000000001" + "fd000000000000000000000000000010" + "ffff" + "0035" + "11");

        ulong hash = FlowHash.OfTuple(
            Key, IpAddress.Parse("2001:db8::1"), IpAddress.Parse("fd00::10"), 65535, 53, TransportProtocol.Udp);

        Assert.Equal(SipHash13.Hash(Key, tuple), hash);
    }

    [Fact]
    public void OfSource_AnyAddress_HashesItsSixteenBytesAlone()
    {
        byte[] source = Convert.FromHexString("00000000000000000000ffff0a010203");

        Assert.Equal(SipHash13.Hash(Key, source), FlowHash.OfSource(Key, IpAddress.Parse("10.1.2.3")));
    }

    [Theory]
    [InlineData(0x00000000_ffffffff, 1009u, 0u)]
    [InlineData(0xffffffff_00000000, 1009u, 1008u)]
    [InlineData(0x80000000_00000000, 1009u, 504u)]
    [InlineData(0xffffffff_ffffffff, 1u, 0u)]
    [InlineData(0xffffffff_ffffffff, 1048583u, 1048582u)]
    public void SlotOf_HighHalfOfHash_ScalesToSlots(ulong hash, uint slots, uint expected) =>
        Assert.Equal(expected, FlowHash.SlotOf(hash, slots));

    [Fact]
    public void SlotOf_AnyHash_LiesWithinSlots() => Gen.Select(Gen.ULong, Gen.Int[0, SizeClass.Count - 1]).Sample((hash, sizeClass) =>
        FlowHash.SlotOf(hash, (uint)SizeClass.SlotsOf(sizeClass)) < SizeClass.SlotsOf(sizeClass));
}
