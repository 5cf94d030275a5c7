using System.Text.RegularExpressions;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Api.Tests;

/// <summary>docs/api.md, line by line.</summary>
[Collection(SiloCollection.Name)]
public sealed partial class DocumentedApiTests(SiloFixture silo)
{
    [Fact]
    public void Page_Code_IsAllTested()
    {
        Assert.Equal(["bash silo", "bash curl", "bash call", "bash rollout", "bash rollout-cn2", "csharp"], ApiPage.Blocks);
        Assert.Empty(ApiPage.Indented);
    }

    [Fact]
    public async Task Curl_EveryDocumentedLine_Succeeds()
    {
        string[] outputs = await RunAsync("bash curl");

        Assert.Equal("Healthy", outputs[0]);
        Assert.All(outputs[1..], output => Assert.All(output.Split('\n'), line => Assert.StartsWith("{", line, StringComparison.Ordinal)));
        Assert.Contains("\"shop/web-1\"", outputs[5], StringComparison.Ordinal);
        Assert.Contains("\"shop/web-2\"", outputs[5], StringComparison.Ordinal);
        Assert.Contains("\"TCP/80->8080\"", outputs[5], StringComparison.Ordinal);
        Assert.Contains("\"web-2\"", outputs[6], StringComparison.Ordinal);
        Assert.Contains("\"shop/web\"", outputs[7], StringComparison.Ordinal);
        string[] events = outputs[8].Split('\n');
        Assert.Contains("ADDED", events[0], StringComparison.Ordinal);
        Assert.Contains("BOOKMARK", events[1], StringComparison.Ordinal);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => GetAsync("shop"))).StatusCode);
    }

    [Fact]
    public async Task Call_EveryDocumentedLine_Succeeds()
    {
        string[] outputs = await RunAsync("bash call");

        Assert.Contains("cn2.v1.Services/Apply(cn2.v1.ApplyServiceRequest) returns (cn2.v1.ApplyServiceResponse)", outputs[0], StringComparison.Ordinal);
        Assert.Contains("cn2.v1.Services/Watch(cn2.v1.WatchServicesRequest) returns (stream cn2.v1.ServiceEvent)", outputs[0], StringComparison.Ordinal);
        Assert.Contains("\"SERVING\"", outputs[1], StringComparison.Ordinal);
        Assert.Contains("\"result\": \"created\"", outputs[5], StringComparison.Ordinal);
        Assert.Contains("\"depot/web-1\"", outputs[6], StringComparison.Ordinal);
        Assert.Contains("\"TCP/80->8080\"", outputs[6], StringComparison.Ordinal);
        Assert.Contains("\"readyEndpoints\": 2", outputs[6], StringComparison.Ordinal);
        Assert.Matches("(?s)ADDED.*BOOKMARK", outputs[7]);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => GetAsync("depot"))).StatusCode);
    }

    [Fact]
    public async Task Rollout_EveryDocumentedLine_ReplacesABackEnd()
    {
        string[] outputs = await RunAsync("bash rollout");
        Assert.All(outputs, output => Assert.StartsWith("{", output, StringComparison.Ordinal));
        Assert.Contains("\"met\":true", outputs[5], StringComparison.Ordinal);
        Assert.Contains("\"available\":true", outputs[5], StringComparison.Ordinal);
        Assert.Contains("\"met\":true", outputs[7], StringComparison.Ordinal);
        Assert.Contains("\"drained\":true", outputs[7], StringComparison.Ordinal);

        outputs = await RunAsync("bash rollout-cn2");
        Assert.Equal("vmi/web-3 available", outputs[1]);
        Assert.Equal("vmi/web-2 deleted", outputs[2]);
        Assert.Equal("node/rack4 drained", outputs[4]);
        Assert.Equal("node/rack4 undrained", outputs[5]);
        Assert.Equal(["mall/web-3", "mall/web-4"], (await GetAsync("mall")).Status.FloatingIps[0].Interfaces.Order());
    }

    [Fact]
    public async Task DotNet_DocumentedSnippet_ProgramsAServiceWithTwoBackEnds()
    {
        string server = silo.Silo.Grpc;

        // snippet
        using Cn2Client cn2 = Cn2Client.Connect(server);
        await cn2.Nodes.RegisterAsync(new RegisterNodeRequest
        {
            Node = new Node { Metadata = new ObjectMeta { Name = "rack2" }, Addresses = { "192.0.2.12" } },
        });
        foreach (int i in new[] { 1, 2 })
        {
            Vmi vmi = new()
            {
                Metadata = new ObjectMeta { Namespace = "store", Name = $"web-{i}", Labels = { ["app"] = "web" } },
                Node = "rack2",
                Addresses = { $"192.0.2.3{i}" },
            };
            await cn2.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi });
        }

        Service service = new()
        {
            Metadata = new ObjectMeta { Namespace = "store", Name = "web" },
            Spec = new ServiceSpec { Selector = { ["app"] = "web" }, Ports = { new ServicePort { Port = 80, TargetPort = "8080" } } },
        };
        ApplyServiceResponse applied = await cn2.Services.ApplyAsync(new ApplyServiceRequest { Service = service });
        ProgrammedResponse programmed = await cn2.WaitProgrammedAsync(applied.Fence, TimeSpan.FromSeconds(10));
        // end of snippet

        Assert.True(programmed.Programmed);
        Service stored = await GetAsync("store");
        Assert.Equal(2, stored.Status.ReadyEndpoints);
        Assert.Equal(["store/web-1", "store/web-2"], stored.Status.FloatingIps[0].Interfaces.Order());
    }

    [Fact]
    public void DotNet_DocumentedSnippet_IsTheOneThatRuns()
    {
        string source = File.ReadAllText(Path.Combine(Checkout.Root, "tests", "Orleans.Cn2.Api.Tests", "DocumentedApiTests.cs"));

        Assert.Equal(Normal(ApiPage.Lines("csharp")), Normal(Snippet().Match(source).Groups[1].Value.Split('\n')));
    }

    private async Task<string[]> RunAsync(string block)
    {
        List<string> outputs = [];
        foreach (string line in ApiPage.Lines(block))
        {
            outputs.Add(await RunLineAsync(line));
        }

        return [.. outputs];
    }

    // As the page says: UNAVAILABLE, which a loaded machine brings about, may be repeated.
    private async Task<string> RunLineAsync(string line)
    {
        for (int attempt = 1; ; attempt++)
        {
            (int status, string output, IReadOnlyCollection<string> errors) = await Shell.RunAsync(line, ("CN2", silo.Silo.Http), ("CN2_SERVER", silo.Silo.Grpc));
            if (status == 0)
            {
                Assert.Empty(errors);
                return output;
            }

            // 22: curl's answer to 503 and other refusals; 3: that of cn2 to UNAVAILABLE.
            Assert.True(attempt < 5 && status is (22 or 3), $"{line}: exit {status}: {output}");
        }
    }

    private async Task<Service> GetAsync(string ns) => await silo.Client.Services.GetAsync(
        new GetServiceRequest { Namespace = ns, Name = "web" }, cancellationToken: TestContext.Current.CancellationToken);

    private static string Normal(IEnumerable<string> code) => string.Join('\n', code.Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex(@"// snippet\n(.*?)// end of snippet", RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
