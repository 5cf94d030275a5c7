using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Api.Tests;

public sealed class Cn2EndpointTests
{
    [Theory]
    [InlineData("http://10.0.0.5:7400", null)]
    [InlineData("http://[fd00::1]:7400", null)]
    [InlineData("https://silo.example:7400", null)]
    [InlineData("unix:/run/cn2/silo.sock", "/run/cn2/silo.sock")]
    public void Parse_Endpoint_KeepsItsText(string text, string? socket)
    {
        Cn2Endpoint endpoint = Cn2Endpoint.Parse(text);

        Assert.Equal(socket, endpoint.SocketPath);
        Assert.Equal(text, endpoint.ToString());
    }

    [Theory]
    [InlineData("10.0.0.5:7400")]
    [InlineData("unix:relative")]
    [InlineData("ftp://10.0.0.5")]
    public void Parse_AnythingElse_SaysTheThreeForms(string text)
    {
        FormatException refused = Assert.Throws<FormatException>(() => Cn2Endpoint.Parse(text));

        Assert.Contains("must be http://HOST:PORT, https://HOST:PORT or unix:/PATH", refused.Message, StringComparison.Ordinal);
    }
}
