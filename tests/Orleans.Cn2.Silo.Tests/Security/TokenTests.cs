using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Testing.Certificates;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Silo.Tests.Security;

public sealed class TokenTests(SecureSilo silo) : IClassFixture<SecureSilo>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly string[] Admin = ["cn2:admin"];

    [Fact]
    public async Task Token_WithARole_MayDoThatMuch()
    {
        using Cn2Client client = silo.ConnectWithToken(silo.Token("ci", "write:shop"));
        await Calls.ApplyAsync(client, "shop", "by-token");
        Status refused = await Calls.RefusedAsync(() => Calls.ApplyAsync(client, "bank", "by-token"));
        Assert.Equal((StatusCode.PermissionDenied, "token:ci lacks role write in namespace \"bank\""), (refused.StatusCode, refused.Detail));
    }

    [Fact]
    public async Task Token_OverJson_IsAccepted()
    {
        using HttpClient http = silo.NewHttp(null);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", silo.Token("ci", "read"));
        using HttpResponseMessage answer = await http.GetAsync(new Uri("/v1/services", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public Task Token_Expired_IsUnauthenticated() => RefusedAsync(silo.Tokens.Token("ci", Admin, -Hour), "the token expired");

    [Fact]
    public Task Token_ForAnotherAudience_IsUnauthenticated() => RefusedAsync(silo.Tokens.Token("ci", Admin, Hour, "other"), "the token is for another audience");

    [Fact]
    public async Task Token_OfAnotherIssuer_IsUnauthenticated()
    {
        using TokenIssuer other = new("https://other.example", "key-1");
        await RefusedAsync(other.Token("ci", Admin, Hour), "the token is");
    }

    [Fact]
    public Task Token_OfTheKeyButNamingAnotherIssuer_IsUnauthenticated() => RefusedAsync(
        silo.Tokens.Sign("ES256", new { iss = "https://other.example", aud = "cn2", sub = "ci", groups = Admin, exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds() }),
        "the token is of another issuer");

    [Fact]
    public async Task Token_SignedByAnotherKey_IsUnauthenticated()
    {
        using TokenIssuer other = new(SecureSilo.Issuer, "key-1");
        await RefusedAsync(other.Token("ci", Admin, Hour), "the token is");
    }

    [Fact]
    public Task Token_WithoutSignature_IsUnauthenticated() => RefusedAsync(
        silo.Tokens.Sign("none", new { iss = SecureSilo.Issuer, aud = "cn2", sub = "ci", groups = Admin, exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds() }),
        "the token is");

    [Fact]
    public Task Token_WithoutSubject_IsUnauthenticated() => RefusedAsync(
        silo.Tokens.Sign("ES256", new { iss = SecureSilo.Issuer, aud = "cn2", groups = Admin, exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds() }),
        "names no subject");

    [Fact]
    public Task Token_ThatIsNone_IsUnauthenticated() => RefusedAsync("not a token", "the token is not valid");

    [Fact]
    public void Token_ToAnExposedEndpoint_IsNotSent() => Assert.Contains(
        "without TLS",
        Assert.Throws<InvalidOperationException>(() => Cn2Client.Connect("http://192.0.2.1:7400", new Cn2Credentials(TokenFile: "token"))).Message,
        StringComparison.Ordinal);

    private async Task RefusedAsync(string token, string reason)
    {
        using Cn2Client client = silo.ConnectWithToken(token);
        Status refused = await Calls.RefusedAsync(() => Calls.CountAsync(client, "shop"));
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        Assert.Contains(reason, refused.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(token, silo.Output, StringComparison.Ordinal);
    }
}
