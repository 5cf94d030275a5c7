using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Certificates;
using Orleans.Cn2.Testing.Servers;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>The port between silos, with certificates.</summary>
public sealed class ClusterTlsTests(ClusterTlsTests.ClusterSilo silo) : IClassFixture<ClusterTlsTests.ClusterSilo>
{
    [Fact]
    public async Task Peer_WithASilosCertificate_IsLetIn() => Assert.True(await LetInAsync(silo.Authority.Silo("two")));

    [Fact]
    public async Task Peer_WithoutCertificate_IsRefused() => Assert.False(await LetInAsync(null));

    [Fact]
    public async Task Peer_WithANodesCertificate_IsRefused() => Assert.False(await LetInAsync(silo.Authority.Node("node-1")));

    [Fact]
    public async Task Peer_WithAnAdminsCertificate_IsRefused() => Assert.False(await LetInAsync(silo.Authority.Client("root", "cn2:admin")));

    [Fact]
    public async Task Peer_OfAnotherAuthority_IsRefused()
    {
        using TestAuthority other = new("somebody else");
        Assert.False(await LetInAsync(other.Silo("two")));
    }

    [Fact]
    public async Task Peer_WithAnExpiredCertificate_IsRefused() =>
        Assert.False(await LetInAsync(silo.Authority.Issue("two", [], new Uri("cn2://silo/two"), true, TimeSpan.FromDays(-1))));

    [Fact]
    public async Task Silos_WithCertificates_AreOneCluster()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(TestContext.Current.CancellationToken);
        string[] flags = ["--cluster-cert", silo.CertificateFile, "--cluster-ca", silo.CaFile];
        await using SiloRun first = SiloRun.StartMember(FreePorts.Take(4), "one", postgres.ConnectionString(), flags);
        await first.HealthyAsync();
        await using SiloRun second = SiloRun.StartMember(FreePorts.Take(4), "two", postgres.ConnectionString(), flags);
        await second.HealthyAsync();
        using Cn2Client here = Cn2Client.Connect(first.Grpc);
        using Cn2Client there = Cn2Client.Connect(second.Grpc);
        await Calls.ApplyAsync(here, "shop", "web");
        Assert.Equal(1, await Calls.CountAsync(there, "shop"));
        Assert.Equal(2, (await there.Diagnostics.StatusAsync(new StatusRequest(), Calls.Within())).Silos.Count);
    }

    // Orleans' silos greet first once TLS stands: a first byte tells that the peer was let in, the end of the stream that it was not.
    private async Task<bool> LetInAsync(string? certificate)
    {
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, silo.Secure.SiloPort, TestContext.Current.CancellationToken);
        SslClientAuthenticationOptions options = new() { TargetHost = "cn2-silo", RemoteCertificateValidationCallback = (_, _, _, _) => true };
        if (certificate is not null)
        {
            options.ClientCertificates = [X509Certificate2.CreateFromPem(certificate, certificate)];
        }

        await using SslStream tls = new(tcp.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
            return await tls.ReadAsync(new byte[1], TestContext.Current.CancellationToken) == 1;
        }
        catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    /// <summary>A silo whose cluster port speaks TLS.</summary>
    public sealed class ClusterSilo : IAsyncLifetime
    {
        private readonly ScratchFolder _folder = new();

        public ClusterSilo()
        {
            File.WriteAllText(CaFile, Authority.Pem);
            File.WriteAllText(CertificateFile, Authority.Silo("one"));
            Secure = new SecureSilo(["--cluster-cert", CertificateFile, "--cluster-ca", CaFile]);
        }

        public string CertificateFile => _folder.Of("silo.pem");

        public string CaFile => _folder.Of("ca.crt");

        public TestAuthority Authority { get; } = new("cluster authority");

        public SecureSilo Secure { get; }

        public ValueTask InitializeAsync() => Secure.InitializeAsync();

        public async ValueTask DisposeAsync()
        {
            await Secure.DisposeAsync();
            Authority.Dispose();
            _folder.Dispose();
        }
    }
}
