using System.Net;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Silo.Tests.Processes;
using Orleans.Cn2.Silo.Tests.Security;
using Orleans.Cn2.Testing.Certificates;
using Orleans.Cn2.Testing.Servers;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Silo.Tests.Gateways;

/// <summary>A gateway that asks who calls, and that silos ask who connects.</summary>
[Collection(SiloProcesses.Name)]
public sealed class GatewaySecurityTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly TestAuthority _authority = new("authority");
    private readonly string _ca;

    public GatewaySecurityTests()
    {
        _ca = Write("ca.crt", _authority.Pem);
    }

    [Fact]
    public async Task Callers_WithoutIdentityOrRole_AreRefused_AndChangesAreNoted()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(TestContext.Current.CancellationToken);
        string[] cluster = ["--cluster-cert", Write("silo.pem", _authority.Silo("one")), "--cluster-ca", _ca];
        await using SiloRun silo = SiloRun.StartMember(FreePorts.Take(4), "a", postgres.ConnectionString(), cluster);
        string own = Write("gateway.pem", _authority.Silo("gateway"));
        await using GatewayRun gateway = GatewayRun.Start(
            postgres.ConnectionString(),
            tls: true,
            "--api-cert", own, "--api-client-ca", _ca, "--cluster-cert", own, "--cluster-ca", _ca, "--audit", "console," + _scratch.Of("audit.jsonl"));
        await gateway.HealthyAsync();
        using Cn2Client nobody = Cn2Client.Connect(gateway.Grpc, new Cn2Credentials(_ca));
        using Cn2Client reader = Connect(gateway, "rita", "cn2:read");
        using Cn2Client writer = Connect(gateway, "wanda", "cn2:write:shop");

        Assert.Equal(StatusCode.Unauthenticated, (await Calls.RefusedAsync(() => Calls.ApplyAsync(nobody, "shop", "web"))).StatusCode);
        Assert.Equal(StatusCode.PermissionDenied, (await Calls.RefusedAsync(() => Calls.ApplyAsync(reader, "shop", "web"))).StatusCode);
        Assert.Equal(StatusCode.PermissionDenied, (await Calls.RefusedAsync(() => Calls.ApplyAsync(writer, "bank", "web"))).StatusCode);
        await Calls.ApplyAsync(writer, "shop", "web");

        Assert.Equal(1, await Calls.CountAsync(reader, "shop"));
        Assert.Contains("wanda", await File.ReadAllTextAsync(_scratch.Of("audit.jsonl"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_WithoutASilosCertificate_IsNotLetIn()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(TestContext.Current.CancellationToken);
        await using SiloRun silo = SiloRun.StartMember(
            FreePorts.Take(4), "a", postgres.ConnectionString(), "--cluster-cert", Write("silo.pem", _authority.Silo("one")), "--cluster-ca", _ca);
        await silo.HealthyAsync();
        await using GatewayRun gateway = GatewayRun.Start(
            postgres.ConnectionString(), tls: false, "--cluster-cert", Write("node.pem", _authority.Node("rack1")), "--cluster-ca", _ca);
        await gateway.Program.SaysAsync("no silo to serve from yet, looking on: Unable to connect", TimeSpan.FromSeconds(60));
        await gateway.HealthAsync(HttpStatusCode.ServiceUnavailable);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _scratch.Dispose();
    }

    private Cn2Client Connect(GatewayRun gateway, string user, string group) =>
        Cn2Client.Connect(gateway.Grpc, new Cn2Credentials(_ca, Write(user + ".pem", _authority.Client(user, group))));

    private string Write(string name, string text)
    {
        File.WriteAllText(_scratch.Of(name), text);
        return _scratch.Of(name);
    }
}
