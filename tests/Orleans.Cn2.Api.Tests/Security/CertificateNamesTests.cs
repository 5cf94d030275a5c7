using System.Security.Cryptography.X509Certificates;
using Orleans.Cn2.Testing.Certificates;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Api.Tests.Security;

public sealed class CertificateNamesTests : IDisposable
{
    private readonly TestAuthority _authority = new("authority");

    [Fact]
    public void Certificate_OfANode_NamesIt()
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(_authority.Node("rack-1"));
        Assert.Equal(("rack-1", null), (CertificateNames.Node(certificate), CertificateNames.Silo(certificate)));
    }

    [Fact]
    public void Certificate_OfASilo_NamesIt_AmongItsHosts()
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(_authority.Silo("one"));
        Assert.Equal((null, "one"), (CertificateNames.Node(certificate), CertificateNames.Silo(certificate)));
    }

    [Fact]
    public void Certificate_OfAClient_HasUserAndGroups()
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(_authority.Client("alice", "cn2:read", "ops"));
        Assert.Equal("alice", CertificateNames.User(certificate));
        Assert.Equal(["cn2:read", "ops"], CertificateNames.Groups(certificate).Order());
        Assert.Null(CertificateNames.Node(certificate));
    }

    [Theory]
    [InlineData("cn2://node/")]
    [InlineData("cn2://nodes/rack-1")]
    [InlineData("https://node/rack-1")]
    public void Uri_OfAnotherShape_NamesNoNode(string uri)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(_authority.Issue("x", [], new Uri(uri), false, TimeSpan.FromDays(1)));
        Assert.Null(CertificateNames.Node(certificate));
    }

    public void Dispose() => _authority.Dispose();
}
