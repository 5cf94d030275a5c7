using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Telemetry;

public sealed class TraceTests
{
    private const string Node = "node-1";

    [Fact]
    public async Task Apply_WithARealWorker_IsOneTraceToTheMapWrite()
    {
        using ScratchFolder scratch = new();
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using SiloRun silo = await SiloRun.StartHealthyAsync(scratch.Of("data"), environment: collector.Environment);
        using Cn2Client client = Cn2Client.Connect(silo.Grpc);
        await client.Nodes.RegisterAsync(
            new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = Node }, Addresses = { "192.0.2.1" } } },
            cancellationToken: TestContext.Current.CancellationToken);
        await using WorkerRun worker = WorkerRun.Start(Node, silo.Grpc, scratch.Of("state"), environment: collector.Environment);
        await Until.TrueAsync("the worker is attached", TimeSpan.FromSeconds(60), () => IsInSyncAsync(client), () => worker.Program.Output);

        ServiceSpec spec = new() { Ports = { new ServicePort { Port = 80 } }, Selector = { ["app"] = "web" } };
        ApplyServiceResponse applied = await client.Services.ApplyAsync(
            new ApplyServiceRequest { Service = new Service { Metadata = new ObjectMeta { Name = "web" }, Spec = spec } },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.True((await client.WaitProgrammedAsync(applied.Fence, TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).Programmed);

        // Programs export each on its own, so that an end of the chain may come before its beginning.
        OtlpSpan[] chain = [];
        await Until.TrueAsync(
            "a map write whose trace begins with the call",
            TimeSpan.FromSeconds(60),
            () => Task.FromResult((chain = Chains(collector.Spans).FirstOrDefault([])).Length > 0),
            () => string.Join('\n', collector.Spans.Select(span => $"{span.Program} {span.Name}").CountBy(name => name)));

        Assert.Single(chain.Select(span => span.TraceId).Distinct());
        Assert.Equal(["vrouter.write", "vrouter.apply", "vrouter.update", "catalog.publish"], chain.Take(4).Select(span => span.Name));
        Assert.Equal(["service.publish", "service.apply"], chain.Select(span => span.Name).Where(name => name.StartsWith("service.", StringComparison.Ordinal)));
        Assert.All(chain, span => Assert.Equal(span.Name is "vrouter.write" or "vrouter.apply" ? "cn2-vrouter" : "cn2-silo", span.Program));
        await Until.TrueAsync("both export metrics too", TimeSpan.FromSeconds(30), () => Task.FromResult(collector.RequestsOf("metrics") > 2), () => "");
    }

    private static async Task<bool> IsInSyncAsync(Cn2Client client) =>
        (await client.Nodes.GetAsync(new GetNodeRequest { Name = Node }, cancellationToken: TestContext.Current.CancellationToken)).Vrouter is { State: "Connected", InSync: true };

    // From each map write up through its parents, where they reach the API's span of Apply.
    private static IEnumerable<OtlpSpan[]> Chains(OtlpSpan[] spans)
    {
        ILookup<string, OtlpSpan> byId = spans.ToLookup(span => span.SpanId);
        foreach (OtlpSpan write in spans.Where(span => span.Name == "vrouter.write"))
        {
            List<OtlpSpan> chain = [write];
            while (chain[^1].ParentId.Length > 0 && byId[chain[^1].ParentId].FirstOrDefault() is { } parent)
            {
                chain.Add(parent);
            }

            if (chain[^1].ParentId.Length == 0 && chain[^1].Name.Contains("Services/Apply", StringComparison.Ordinal))
            {
                yield return [.. chain];
            }
        }
    }
}
