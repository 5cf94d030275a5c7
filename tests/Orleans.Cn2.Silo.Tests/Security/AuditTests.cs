using System.Text.Json;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>Who changed what, and who tried to.</summary>
public sealed class AuditTests(SecureSilo silo) : IClassFixture<SecureSilo>
{
    [Fact]
    public async Task Change_IsNotedWithIdentityObjectAndVersion()
    {
        using Cn2Client client = silo.ConnectAs("alice", "write:shop");
        Service applied = await Calls.ApplyAsync(client, "shop", "audited");
        JsonElement line = await LineAsync("shop/audited");
        Assert.Equal(
            ("certificate:alice", "127.0.0.1", "/cn2.v1.Services/Apply", "OK", applied.Metadata.ResourceVersion),
            (Text(line, "identity"), Text(line, "peer"), Text(line, "method"), Text(line, "outcome"), Text(line, "resourceVersion")));
        Assert.True(DateTime.UtcNow - line.GetProperty("time").GetDateTime() < TimeSpan.FromMinutes(5));
        await silo.LogsAsync("certificate:alice from 127.0.0.1 /cn2.v1.Services/Apply shop/audited: OK");
    }

    [Fact]
    public async Task Failure_IsNotedWithItsStatus()
    {
        using Cn2Client client = silo.ConnectAs("alice", "write:shop");
        await Calls.RefusedAsync(() => client.Services.DeleteAsync(new DeleteServiceRequest { Namespace = "shop", Name = "not-there" }, Calls.Within()).ResponseAsync);
        Assert.Equal("NotFound", Text(await LineAsync("shop/not-there"), "outcome"));
    }

    [Fact]
    public async Task Refusal_OfTheNamespace_IsNoted()
    {
        using Cn2Client client = silo.ConnectAs("eve", "write:shop");
        await Calls.RefusedAsync(() => Calls.ApplyAsync(client, "bank", "wanted"));
        JsonElement line = await LineAsync("bank/wanted");
        Assert.Equal(("certificate:eve", "PermissionDenied"), (Text(line, "identity"), Text(line, "outcome")));
    }

    [Fact]
    public async Task Refusal_BeforeTheRequestIsRead_IsNoted()
    {
        using Cn2Client client = silo.Connect(null);
        await Calls.RefusedAsync(() => Calls.ApplyAsync(client, "shop", "nobodys"));
        string line = await Audit.LineAsync(silo.AuditFile, text => text.Contains("Unauthenticated", StringComparison.Ordinal));
        Assert.Contains("\"identity\":\"\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadsAndDryRuns_AreNotNoted()
    {
        using Cn2Client client = silo.ConnectAs("quiet", "admin");
        await Calls.CountAsync(client, "shop");
        Service service = new() { Metadata = new ObjectMeta { Namespace = "shop", Name = "tried" }, Spec = new ServiceSpec { Ports = { new ServicePort { Port = 80 } } } };
        await client.Services.ApplyAsync(new ApplyServiceRequest { Service = service, DryRun = true }, Calls.Within());
        await Calls.ApplyAsync(client, "shop", "after");
        await LineAsync("shop/after");
        Assert.Single(await Audit.LinesAsync(silo.AuditFile), line => line.Contains("certificate:quiet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Line_HoldsNothingOfTheRequestButItsName()
    {
        string token = silo.Token("ci", "write:shop");
        using Cn2Client client = silo.ConnectWithToken(token);
        Service service = new()
        {
            Metadata = new ObjectMeta { Namespace = "shop", Name = "noted", Annotations = { ["note"] = "swordfish" } },
            Spec = new ServiceSpec { Ports = { new ServicePort { Port = 80 } } },
        };
        await client.Services.ApplyAsync(new ApplyServiceRequest { Service = service }, Calls.Within());
        await LineAsync("shop/noted");
        string all = string.Join('\n', await Audit.LinesAsync(silo.AuditFile)) + silo.Output;
        Assert.DoesNotContain("swordfish", all, StringComparison.Ordinal);
        Assert.DoesNotContain(token, all, StringComparison.Ordinal);
    }

    [Fact]
    public void File_IsForItsOwnerAndGroupAlone() => Assert.Equal(
        UnixFileMode.None, File.GetUnixFileMode(silo.AuditFile) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite));

    private async Task<JsonElement> LineAsync(string name) =>
        JsonDocument.Parse(await Audit.LineAsync(silo.AuditFile, line => line.Contains($"\"object\":\"{name}\"", StringComparison.Ordinal))).RootElement;

    private static string? Text(JsonElement line, string property) => line.GetProperty(property).GetString();
}
