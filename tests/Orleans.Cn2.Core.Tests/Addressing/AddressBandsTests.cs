using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tests.Addressing;

public sealed class AddressBandsTests
{
    [Theory]
    [InlineData("10.0.0.0/32", 0, 0)]
    [InlineData("10.0.0.0/31", 0, 0)]
    [InlineData("10.0.0.0/30", 2, 0)]
    [InlineData("10.0.0.0/28", 14, 0)]
    [InlineData("10.0.0.0/27", 30, 16)]
    [InlineData("10.0.0.0/26", 62, 16)]
    [InlineData("10.0.0.0/24", 254, 16)]
    [InlineData("10.0.0.0/22", 1022, 64)]
    [InlineData("10.0.0.0/20", 4094, 256)]
    [InlineData("10.0.0.0/16", 65534, 256)]
    [InlineData("10.0.0.0/8", 16777214, 256)]
    [InlineData("0.0.0.0/0", 4294967294, 256)]
    [InlineData("2000::/128", 0, 0)]
    [InlineData("2000::/127", 1, 0)]
    [InlineData("2000::/124", 15, 0)]
    [InlineData("2000::/122", 63, 16)]
    [InlineData("2000::/118", 1023, 64)]
    [InlineData("2000::/112", 65535, 256)]
    [InlineData("2000::/65", long.MaxValue, 256)]
    [InlineData("2000::/64", ulong.MaxValue, 256)]
    public void Of_Prefix_HasUsableAddressesAndStaticBand(string prefix, ulong usable, ulong reserved)
    {
        AddressBands bands = AddressBands.Of(IpPrefix.Parse(prefix));

        Assert.Equal((usable, reserved), (bands.Usable, bands.StaticSize));
    }

    [Theory]
    [InlineData("10.0.0.0/26", "10.0.0.1", "10.0.0.17", "10.0.0.62")]
    [InlineData("10.0.0.0/22", "10.0.0.1", "10.0.0.65", "10.0.3.254")]
    [InlineData("10.0.0.0/16", "10.0.0.1", "10.0.1.1", "10.0.255.254")]
    [InlineData("2000::/120", "2000::1", "2000::11", "2000::ff")]
    public void Of_Prefix_HasItsEdges(string text, string first, string dynamicFirst, string last)
    {
        IpPrefix prefix = IpPrefix.Parse(text);
        AddressBands bands = AddressBands.Of(prefix);

        Assert.Equal(
            (first, dynamicFirst, last),
            (prefix.At(AddressBands.First).ToString(), prefix.At(bands.DynamicFirst).ToString(), prefix.At(bands.Last).ToString()));
    }

    [Fact]
    public void Of_MoreThan64HostBits_IsRefused() =>
        Assert.Throws<ArgumentException>(() => AddressBands.Of(IpPrefix.Parse("2000::/63")));
}
