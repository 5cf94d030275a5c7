using System.Text.Json;
using Orleans.Cn2.Cli.Check;
using Orleans.Cn2.Cli.Check.Simulated;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Lab.Manifests;

namespace Orleans.Cn2.Cli.Tests.Check;

public sealed class SimulatedCheckTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(2, "fast")]
    [InlineData(3, "stack")]
    public async Task Check_OfTheExample_Passes(int nodes, string mode)
    {
        string json = Path.GetTempFileName();
        try
        {
            (int code, string output) = await RunAsync(new CheckPlan(ManifestSet.FromFiles(DefaultManifest.Path()), nodes, mode), json);

            Assert.True(code == ExitCodes.Ok, output);
            Assert.Equal("CHECK passed (simulated: no packet left this process)", output.TrimEnd().Split('\n')[^1]);
            using JsonDocument figures = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
            JsonElement[] paths = [.. figures.RootElement.GetProperty("paths").EnumerateArray()];
            Assert.Equal(2 * ((2 * nodes) + 1), paths.Length);
            Assert.All(paths, path => Assert.Equal((400, 0), (path.GetProperty("sent").GetInt32(), path.GetProperty("failed").GetInt32())));
            Assert.All(paths, path => Assert.Equal(4, path.GetProperty("backends").EnumerateObject().Count()));
            Assert.All(figures.RootElement.GetProperty("underScaling").EnumerateArray(), path => Assert.Equal(0, path.GetProperty("failed").GetInt32()));
        }
        finally
        {
            File.Delete(json);
        }
    }

    [Fact]
    public async Task Check_OfUdpAndOfAServiceWithoutEndpoints_AsksTheOneAndNamesTheOther()
    {
        (int code, string output) = await RunAsync(Plan("""
            apiVersion: v1
            kind: Pod
            metadata: {name: dns, labels: {app: dns}}
            spec: {containers: [{name: dns, image: dns, ports: [{containerPort: 5353, protocol: UDP}, {containerPort: 8053}]}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: dns}
            spec: {selector: {app: dns}, ports: [{name: u, port: 53, protocol: UDP, targetPort: 5353}, {name: t, port: 53, targetPort: 8053}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: lonely}
            spec: {selector: {app: nobody}, ports: [{port: 80}]}
            """));

        Assert.True(code == ExitCodes.Ok, output);
        Assert.Contains("dns UDP/53 v4", output, StringComparison.Ordinal);
        Assert.Contains("nothing is sent to default/lonely: it has no endpoints", output, StringComparison.Ordinal);
        Assert.Contains("nothing is scaled: the manifests have no Deployment", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clusterIP: 192.0.2.1, ports: [{port: 80}]", "spec.clusterIPs")]
    [InlineData("ports: [{port: 70000}]", "spec.ports[0].port")]
    [InlineData("selector: {app: nobody}, ports: [{port: 80}]", "no Service of the manifests has a FloatingIP and endpoints")]
    public async Task Check_OfABadService_FailsWithTheReasonAsLastLine(string spec, string reason)
    {
        (int code, string output) = await RunAsync(Plan($"apiVersion: v1\nkind: Service\nmetadata: {{name: bad}}\nspec: {{{spec}}}"));

        string last = output.TrimEnd().Split('\n')[^1];
        Assert.Equal(ExitCodes.Refused, code);
        Assert.StartsWith("CHECK failed: ", last, StringComparison.Ordinal);
        Assert.Contains(reason, last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Interrupted_SaysSo()
    {
        using CancellationTokenSource interrupted = new();
        await interrupted.CancelAsync();

        (int code, string output) = await RunAsync(new CheckPlan(ManifestSet.FromFiles(DefaultManifest.Path()), 1, "fast"), null, interrupted.Token);

        Assert.Equal((ExitCodes.Interrupted, "CHECK failed: interrupted"), (code, output.TrimEnd().Split('\n')[^1]));
    }

    [Theory]
    [InlineData(1, 400)]
    [InlineData(3, 133)]
    [InlineData(40, 20)]
    public void Share_OfSeveralPorts_DividesButNotBelowTwenty(int targets, int expected) => Assert.Equal(expected, PathRun.Share(targets));

    [Theory]
    [InlineData(4, 6, 2)]
    [InlineData(1, 3, 2)]
    [InlineData(10, 12, 5)]
    public void Sizes_OfScaling_FollowTheReplicas(int replicas, int up, int down) => Assert.Equal((up, down), ScaleRun.Sizes(replicas));

    private static CheckPlan Plan(string manifests) => new(ManifestSet.From(ManifestReader.Read(manifests, "test.yaml")), 2, "fast");

    private static async Task<(int Code, string Output)> RunAsync(CheckPlan plan, string? json = null, CancellationToken? cancellation = null)
    {
        using StringWriter output = new() { NewLine = "\n" };
        CheckRun run = new(plan, simulated: true, keep: false, json, output, plain: true);
        int code = await run.RunAsync(_ => new SimulatedGround(plan), Limit, cancellation ?? TestContext.Current.CancellationToken);
        return (code, output.ToString());
    }
}
