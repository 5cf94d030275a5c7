using System.Net;
using CsCheck;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tests.Addressing;

public sealed class IpAddressTests
{
    private static readonly Gen<IpAddress> Any = Gen.OneOf(
        Gen.UInt.Select(IpAddress.V4),
        Gen.Select(Gen.OneOf<ushort>(0, 1, 0xabcd).Array[8], groups => groups.Aggregate(UInt128.Zero, (bits, group) => (bits << 16) | group))
            .Where(bits => bits >> 32 != 0xffff).Select(IpAddress.V6),
        Gen.Select(Gen.ULong, Gen.ULong, (high, low) => IpAddress.V6(new UInt128(high, low))).Where(a => a.Bits >> 32 != 0xffff));

    [Theory]
    [InlineData("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("::1.2.3.4", "::102:304")]
    [InlineData("fe80::5efe:1.2.3.4", "fe80::5efe:102:304")]
    [InlineData("64:ff9b::1.2.3.4", "64:ff9b::102:304")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    public void ToString_Address_IsCanonical(string text, string canonical) =>
        Assert.Equal(canonical, IpAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.0.1")]
    [InlineData("10.0.0.01")]
    [InlineData("10.0.0.256")]
    [InlineData(" 10.0.0.1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("167772161")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:a00:1")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("::1::")]
    [InlineData(":1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:")]
    [InlineData("12345::")]
    [InlineData("::g")]
    [InlineData("::1.2.3")]
    [InlineData("::01.2.3.4")]
    [InlineData("::256.1.1.1")]
    [InlineData("::1.2.3.4:5")]
    [InlineData(" ::1")]
    [InlineData("::1 ")]
    [InlineData("0x1::")]
    [InlineData("[::1]")]
    [InlineData("fe80::1%eth0")]
    [InlineData("::1/64")]
    public void TryParse_NotAnAddress_IsRefused(string text) => Assert.False(IpAddress.TryParse(text, null, out _));

    [Fact]
    public void Parse_OwnText_YieldsTheSameAddress() =>
        Any.Sample(address => IpAddress.Parse(address.ToString()) == address);

    [Fact]
    public void ToString_Address_IsReadAlikeByTheFramework() =>
        Any.Sample(address => IpAddress.From(IPAddress.Parse(address.ToString())) == address);

    [Fact]
    public void TryFormat_TooShortDestination_WritesNothing() =>
        Any.Sample(address =>
        {
            Span<char> room = new char[address.ToString().Length - 1];
            return !address.TryFormat(room, out int written, default, null) && written == 0;
        });

    [Fact]
    public void FromKey_WrittenKey_YieldsTheSameAddress() =>
        Any.Sample(address =>
        {
            Span<byte> key = stackalloc byte[16];
            address.WriteKey(key);
            return IpAddress.FromKey(key) == address;
        });
}
