using System.Security.Cryptography.X509Certificates;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Cli.Tests.Certificates;

public sealed class CertsCommandTests : IDisposable
{
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("cn2-certs-").FullName, "certs");

    [Fact]
    public void Certs_AllKinds_NameTheirHolders_AndChainToTheAuthority()
    {
        Made("--silo", "one=silo.example,192.0.2.1", "--node", "rack1", "--client", "ci=write:shop,read");
        AuthoritySet authority = new TrustedAuthorities(Of("ca.crt")).Current;

        using X509Certificate2 silo = Load("silo-one");
        Assert.Equal(("one", null), (CertificateNames.Silo(silo), CertificateNames.Node(silo)));
        Assert.Null(authority.FaultOf(silo, CertificatePurpose.Server));
        Assert.Null(authority.FaultOf(silo, CertificatePurpose.Client));
        Assert.True(silo.MatchesHostname("silo.example") && silo.MatchesHostname("192.0.2.1"));
        Assert.False(silo.MatchesHostname("localhost"));

        using X509Certificate2 node = Load("node-rack1");
        Assert.Equal(("rack1", null), (CertificateNames.Node(node), CertificateNames.Silo(node)));
        Assert.Null(authority.FaultOf(node, CertificatePurpose.Client));
        Assert.NotNull(authority.FaultOf(node, CertificatePurpose.Server));

        using X509Certificate2 client = Load("client-ci");
        Assert.Equal("ci", CertificateNames.User(client));
        Assert.Equal(["cn2:read", "cn2:write:shop"], CertificateNames.Groups(client).Order());
        Assert.NotNull(authority.FaultOf(client, CertificatePurpose.Server));
    }

    [Fact]
    public void Certs_Lifetimes_AreAYear_OrAsAsked_AndTheAuthoritysTen()
    {
        Made("--node", "a");
        Made("--node", "b", "--days", "7");
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(Of("ca.crt"));
        using X509Certificate2 year = Load("node-a");
        using X509Certificate2 week = Load("node-b");
        Assert.Equal((3650, 365, 7), (Days(authority), Days(year), Days(week)));
        Assert.True(year.NotBefore.ToUniversalTime() < DateTime.UtcNow);
    }

    [Fact]
    public void Certs_Files_AreForTheirOwnerAlone()
    {
        Made("--silo", "one");
        Assert.All(Directory.GetFiles(_folder), file => Assert.Equal(OwnerReads, File.GetUnixFileMode(file)));
        Assert.Equal(OwnerReads | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
    }

    [Fact]
    public void Certs_ExistingFile_IsNotOverwritten_AndNothingElseIsWritten()
    {
        Made("--node", "rack1");
        byte[] before = File.ReadAllBytes(Of("node-rack1.crt"));
        (int code, _, string error) = Cn2.Run("admin", "certs", "--dir", _folder, "--node", "rack2", "--node", "rack1");
        Assert.Equal(1, code);
        Assert.Contains("not overwritten", error, StringComparison.Ordinal);
        Assert.Contains("node-rack1.crt", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Of("node-rack1.crt")));
        Assert.False(File.Exists(Of("node-rack2.crt")));
    }

    [Fact]
    public void Certs_ExistingAuthority_IssuesTheNewOnes()
    {
        Made("--node", "rack1");
        byte[] authority = File.ReadAllBytes(Of("ca.crt"));
        Made("--node", "rack2");
        Assert.Equal(authority, File.ReadAllBytes(Of("ca.crt")));
        using X509Certificate2 node = Load("node-rack2");
        Assert.Null(new TrustedAuthorities(Of("ca.crt")).Current.FaultOf(node, CertificatePurpose.Client));
    }

    [Fact]
    public void Certs_AuthorityWithoutItsKey_IsRefused()
    {
        Made("--node", "rack1");
        File.Delete(Of("ca.key"));
        (int code, _, string error) = Cn2.Run("admin", "certs", "--dir", _folder, "--node", "rack2");
        Assert.Equal(1, code);
        Assert.Contains("ca.key", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Of("ca.key")));
    }

    [Theory]
    [InlineData("--client", "ci", "must be NAME=ROLE")]
    [InlineData("--client", "ci=root", "'root' must be read, write or admin")]
    [InlineData("--client", "ci=write:", "'write:' must be")]
    [InlineData("--node", "../rack1", "'../rack1' must be at most 63")]
    [InlineData("--silo", "one=no host", "'no host' must be a host name or an address")]
    [InlineData("--days", "0", "days: 0 must be between 1 and 825")]
    public void Certs_ArgumentThatCannotBeRead_SaysWhy_AndWritesNothing(string option, string value, string expected)
    {
        (int code, _, string error) = Cn2.Run("admin", "certs", "--dir", _folder, option, value);
        Assert.Equal(2, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    private void Made(params string[] arguments)
    {
        (int code, string output, string error) = Cn2.Run(["admin", "certs", "--dir", _folder, .. arguments]);
        Assert.True(code == 0, output + error);
    }

    private string Of(string file) => Path.Combine(_folder, file);

    private X509Certificate2 Load(string name) => X509Certificate2.CreateFromPemFile(Of(name + ".crt"), Of(name + ".key"));

    private static int Days(X509Certificate2 certificate) => (int)(certificate.NotAfter - certificate.NotBefore).TotalDays;
}
