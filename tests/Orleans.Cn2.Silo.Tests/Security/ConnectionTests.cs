using System.Net;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Testing.Certificates;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>Who gets through to the API at all.</summary>
public sealed class ConnectionTests(SecureSilo silo) : IClassFixture<SecureSilo>
{
    [Fact]
    public async Task Certificate_OfTheAuthority_IsServed()
    {
        using Cn2Client client = silo.ConnectAs("alice", "read");
        Assert.Equal(0, await Calls.CountAsync(client, "empty"));
    }

    [Fact]
    public async Task NoCertificate_IsUnauthenticated()
    {
        using Cn2Client client = silo.Connect(null);
        Status refused = await Calls.RefusedAsync(() => Calls.CountAsync(client, "empty"));
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        Assert.Contains("no client certificate and no bearer token", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_OfAnotherAuthority_EndsTheHandshakeAndIsLogged()
    {
        using TestAuthority other = new("somebody else");
        using Cn2Client client = silo.Connect(other.Client("mallory", "cn2:admin"));
        await NotServedAsync(client);

        await silo.LogsAsync("client certificate refused");
        await silo.LogsAsync("issued by CN=somebody else");
    }

    [Fact]
    public async Task Certificate_Expired_EndsTheHandshake()
    {
        using Cn2Client client = silo.Connect(silo.Authority.Expired("alice", "cn2:admin"));
        await NotServedAsync(client);
    }

    [Fact]
    public async Task Server_OfAnotherAuthority_IsNotTrustedByTheClient()
    {
        using TestAuthority other = new("somebody else");
        using Cn2Client client = Cn2Client.Connect(silo.Grpc, new Cn2Credentials(silo.Write(other.Pem), silo.Write(silo.Authority.Client("alice", "cn2:admin"))));
        Status refused = await Calls.RefusedAsync(() => Calls.CountAsync(client, "empty"));
        Assert.Contains("AuthenticationException", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_UnderAHostThatItsCertificateDoesNotName_IsNotTrustedByTheClient()
    {
        // The same address in another form, which the certificate does not name.
        string other = silo.Grpc.Replace("127.0.0.1", "[::ffff:127.0.0.1]", StringComparison.Ordinal);
        using Cn2Client client = silo.Connect(silo.Authority.Client("alice", "cn2:admin"), other);
        Status refused = await Calls.RefusedAsync(() => Calls.CountAsync(client, "empty"));
        Assert.Contains("AuthenticationException", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plaintext_ToATlsListener_IsNotServed()
    {
        using Cn2Client client = silo.Connect(null, silo.Grpc.Replace("https", "http", StringComparison.Ordinal));
        await Calls.RefusedAsync(() => Calls.CountAsync(client, "empty"));
    }

    [Fact]
    public async Task UnixSocket_OfTheSilosUser_MayDoEverything()
    {
        using Cn2Client client = silo.Connect(null, silo.Socket);
        await Calls.RegisterNodeAsync(client, "local-1");
        UnixFileMode mode = File.GetUnixFileMode(silo.Socket["unix:".Length..]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }

    [Fact]
    public async Task Json_WithoutCertificate_Is401AndSaysWhy()
    {
        using HttpClient http = silo.NewHttp(null);
        using HttpResponseMessage answer = await http.GetAsync(new Uri("/v1/services", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("no client certificate", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read", HttpStatusCode.OK)]
    [InlineData("read:shop", HttpStatusCode.Forbidden)]
    public async Task Json_WithCertificate_IsHeldToItsRole(string role, HttpStatusCode expected)
    {
        using HttpClient http = silo.NewHttp(silo.Authority.Client("alice", "cn2:" + role));
        using HttpResponseMessage answer = await http.GetAsync(new Uri("/v1/services", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("/healthz", null, HttpStatusCode.OK)]
    [InlineData("/metrics", null, HttpStatusCode.Unauthorized)]
    [InlineData("/metrics", "read:shop", HttpStatusCode.Forbidden)]
    [InlineData("/metrics", "read", HttpStatusCode.OK)]
    [InlineData("/nowhere", null, HttpStatusCode.Unauthorized)]
    public async Task Endpoint_OutsideTheApi_AsksForItsRole(string path, string? role, HttpStatusCode expected)
    {
        using HttpClient http = silo.NewHttp(role is null ? null : silo.Authority.Client("alice", "cn2:" + role));
        using HttpResponseMessage answer = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(expected, answer.StatusCode);
    }

    // Whether the client sees the handshake fail or the connection end behind it is up to TLS 1.3.
    private static async Task NotServedAsync(Cn2Client client)
    {
        Status refused = await Calls.RefusedAsync(() => Calls.CountAsync(client, "empty"));
        Assert.True(refused.StatusCode is StatusCode.Unavailable or StatusCode.Internal, refused.ToString());
    }
}
