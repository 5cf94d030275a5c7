using Orleans.Cn2.Hosting.Listening;

namespace Orleans.Cn2.Silo.Tests.Hosting;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:7400", "127.0.0.1:7400")]
    [InlineData("localhost:7400", "127.0.0.1:7400")]
    [InlineData("[::1]:7400", "[::1]:7400")]
    [InlineData("[::]:1", "[::]:1")]
    [InlineData("unix:/run/cn2/silo.sock", "unix:/run/cn2/silo.sock")]
    public void TryParse_Address_RoundTrips(string text, string printed)
    {
        Assert.True(ListenAddress.TryParse(text, out ListenAddress? address));
        Assert.Equal(printed, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("7400")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("::1:7400")]
    [InlineData("silo.example:7400")]
    [InlineData("unix:relative.sock")]
    [InlineData("unix:")]
    public void TryParse_Other_IsRefused(string text) => Assert.False(ListenAddress.TryParse(text, out _));
}
