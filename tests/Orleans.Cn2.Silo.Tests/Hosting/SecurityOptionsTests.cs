using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Orleans.Cn2.Hosting.Settings;
using Orleans.Cn2.Silo.Hosting;
using Orleans.Cn2.Testing.Certificates;

namespace Orleans.Cn2.Silo.Tests.Hosting;

public sealed class SecurityOptionsTests : IDisposable
{
    private const string Everywhere = "0.0.0.0:7400";
    private readonly ScratchFolder _scratch = new();
    private readonly TestAuthority _authority = new("authority");
    private readonly string _certificate;
    private readonly string _ca;

    public SecurityOptionsTests()
    {
        (_certificate, _ca) = (_scratch.Of("silo.pem"), _scratch.Of("ca.crt"));
        File.WriteAllText(_certificate, _authority.Silo("one"));
        File.WriteAllText(_ca, _authority.Pem);
    }

    [Fact]
    public void Read_BeyondLoopback_WithTlsAndCallersKnown_IsFine()
    {
        Assert.Empty(Read(("grpc", Everywhere), ("api-cert", _certificate), ("api-client-ca", _ca)).Errors);
        Assert.Empty(Read(("grpc", Everywhere), ("api-cert", _certificate), ("token-issuer", "https://tokens.example")).Errors);
    }

    [Fact]
    public void Read_BeyondLoopback_WithTlsButAnybody_NeedsInsecure()
    {
        Assert.Contains("would serve anybody", Assert.Single(Read(("grpc", Everywhere), ("api-cert", _certificate)).Errors), StringComparison.Ordinal);
        Assert.Empty(Read(("grpc", Everywhere), ("api-cert", _certificate), ("insecure", "true")).Errors);
    }

    [Fact]
    public void Read_BeyondLoopback_WithTokensButPlaintext_NeedsInsecure() => Assert.Contains(
        "--insecure true", Assert.Single(Read(("http", Everywhere), ("token-issuer", "https://tokens.example")).Errors), StringComparison.Ordinal);

    [Theory]
    [InlineData("api-key", "x", "api-key: needs api-cert")]
    [InlineData("api-cert", "/nowhere", "api-cert: Could not find")]
    [InlineData("policy", "/nowhere", "policy: Could not find")]
    [InlineData("token-keys", "/nowhere", "token-keys: needs token-issuer")]
    [InlineData("token-issuer", "http://tokens.example", "token-issuer: 'http://tokens.example' must be an https URL")]
    [InlineData("audit", "none,console", "audit: 'none,console' must be")]
    [InlineData("audit", "relative.log", "audit: 'relative.log' must be")]
    [InlineData("audit", "/a,/b", "audit: '/a,/b' must be")]
    [InlineData("max-rate", "0", "max-rate: '0' must be a number")]
    [InlineData("max-streams", "many", "max-streams: 'many' must be a number")]
    [InlineData("max-message", "-1", "max-message: '-1' must be a number")]
    [InlineData("cluster-cert", "/nowhere", "cluster-ca: needed")]
    [InlineData("cluster-ca", "/nowhere", "cluster-cert: needed")]
    [InlineData("insecure-cluster", "yes", "insecure-cluster: 'yes' must be true or false")]
    public void Read_Fault_IsNamed(string key, string value, string expected) =>
        Assert.StartsWith(expected, Assert.Single(Read((key, value)).Errors), StringComparison.Ordinal);

    [Fact]
    public void Read_ClientAuthoritiesWithoutTls_AreRefused() => Assert.Contains(
        "api-client-ca: needs api-cert", Assert.Single(Read(("api-client-ca", _ca)).Errors), StringComparison.Ordinal);

    [Fact]
    public void Read_KeyOfAnotherCertificate_IsRefused()
    {
        string other = _scratch.Of("other.pem");
        File.WriteAllText(other, _authority.Silo("two"));
        Assert.StartsWith("api-cert:", Assert.Single(Read(("api-cert", _certificate), ("api-key", other)).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ClusterCertificates_AreTaken()
    {
        (SiloOptions? options, ImmutableArray<string> errors) = Read(("cluster-cert", _certificate), ("cluster-ca", _ca));
        Assert.Empty(errors);
        Assert.NotNull(options!.Security.Cluster);
    }

    [Fact]
    public void Read_SilosBeyondLoopback_NeedCertificatesOrTheFlag()
    {
        Assert.Contains("--insecure-cluster true", Assert.Single(Read(("advertise", "192.0.2.1")).Errors), StringComparison.Ordinal);
        Assert.Empty(Read(("advertise", "192.0.2.1"), ("insecure-cluster", "true")).Errors);
        Assert.Empty(Read(("advertise", "192.0.2.1"), ("cluster-cert", _certificate), ("cluster-ca", _ca)).Errors);
    }

    [Fact]
    public void Read_Nothing_HoldsTheDefaultsOfHelp()
    {
        SecurityOptions security = Read().Options!.Security;
        Assert.Equal(
            (4194304, 20000, 2000, true, null, false, false),
            (security.Api.Limits.MessageBytes, security.Api.Limits.RequestsPerSecond, security.Api.Limits.Streams, security.Api.Audit.Console, security.Api.Audit.File,
                security.Api.Authenticates, security.Api.Encrypts));
        Assert.All(["4194304", "20000", "2000", "console", "cn2"], text => Assert.Contains($"(default {text})", SiloOptions.Help, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _scratch.Dispose();
    }

    private static (SiloOptions? Options, ImmutableArray<string> Errors) Read(params (string Key, string Value)[] values) => SiloOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(pair => pair.Key, pair => (string?)pair.Value)).Build());
}
