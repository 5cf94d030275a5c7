using System.Net;
using System.Text.Json;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Tests;

/// <summary>The API as JSON over HTTP/1.1: refusals with their HTTP status and details, a watch as one event a line.</summary>
[Collection(SiloCollection.Name)]
public sealed class JsonTests(SiloFixture silo)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public static TheoryData<string, string, string, int, string> Refusals { get; } = new()
    {
        { "PUT", "/v1/namespaces/json/services/bad", """{"service": {"spec": {"ipFamilyPolicy": "Both", "ports": [{"port": 80}]}}}""", 400, "spec.ipFamilyPolicy" },
        { "PUT", "/v1/namespaces/json/services/bad", """{"service": {"spec": {"ports": [{"port": "eighty"}]}}}""", 400, "" },
        { "PUT", "/v1/namespaces/json/vmis/stray", """{"vmi": {"node": "nowhere", "addresses": ["192.0.2.99"]}}""", 404, "nowhere" },
        { "GET", "/v1/namespaces/json/services/nowhere", "", 404, "NOT_FOUND" },
        { "PUT", "/v1/subnets/second", """{"subnet": {"cidrs": ["10.96.128.0/17"]}}""", 400, "FAILED_PRECONDITION" },
        { "PUT", "/v1/namespaces/json/services/new", """{"service": {"metadata": {"resourceVersion": "9"}, "spec": {"ports": [{"port": 80}]}}}""", 409, "CONFLICT" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Request_Refused_HasHttpStatusAndDetails(string method, string path, string body, int status, string told)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), silo.Silo.Http + path);
        if (body.Length > 0)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True((int)response.StatusCode == status, $"{response.StatusCode}: {text}");
        Assert.NotEmpty(JsonDocument.Parse(text).RootElement.GetProperty("message").GetString()!);
        Assert.Contains(told, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_Changes_AreOneEventALine()
    {
        using HttpResponseMessage response = await Http.GetAsync(
            silo.Silo.Http + "/v1/watch/services?options.namespace=followed", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal("BOOKMARK", (await NextAsync(lines)).GetProperty("type").GetString());

        ServiceSpec spec = new() { Ports = { new ServicePort { Port = 80 } } };
        Service service = new() { Metadata = new ObjectMeta { Namespace = "followed", Name = "web" }, Spec = spec };
        await silo.Client.Services.ApplyAsync(new ApplyServiceRequest { Service = service });
        JsonElement added = await NextAsync(lines);
        await silo.Client.Services.DeleteAsync(new DeleteServiceRequest { Namespace = "followed", Name = "web" });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("ADDED", added.GetProperty("type").GetString());
        Assert.Equal("web", added.GetProperty("service").GetProperty("metadata").GetProperty("name").GetString());
        JsonElement last;
        do
        {
            last = await NextAsync(lines);
        }
        while (last.GetProperty("type").GetString() == "MODIFIED");
        Assert.Equal("DELETED", last.GetProperty("type").GetString());
    }

    private static async Task<JsonElement> NextAsync(StreamReader lines)
    {
        string? line = await lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        return JsonDocument.Parse(line ?? throw new EndOfStreamException("the watch ended")).RootElement.Clone();
    }
}
