using CsCheck;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

public sealed class MacAddressTests
{
    [Theory]
    [InlineData("")]
    [InlineData("02:00:0a:00:00")]
    [InlineData("02:00:0a:00:00:01:02")]
    [InlineData("02-00-0a-00-00-01")]
    [InlineData("02:00:0a:00:00:0g")]
    [InlineData("2:00:0a:00:00:001")]
    public void TryParse_Malformed_Refused(string text) => Assert.False(MacAddress.TryParse(text, null, out _));

    [Fact]
    public void Parse_OfToString_IsTheSame() => Gen.Byte.Array[MacAddress.Size].Sample(bytes =>
    {
        MacAddress mac = MacAddress.FromBytes(bytes);
        byte[] written = new byte[MacAddress.Size];
        mac.WriteBytes(written);
        return MacAddress.Parse(mac.ToString()) == mac && written.AsSpan().SequenceEqual(bytes);
    });

    [Fact]
    public void ToString_Address_IsLowerCaseWithColons() =>
        Assert.Equal("02:00:0a:ff:00:01", MacAddress.FromBytes([2, 0, 10, 255, 0, 1]).ToString());
}
