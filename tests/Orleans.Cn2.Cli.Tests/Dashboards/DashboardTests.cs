using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Cli.Tests.Dashboards;

public sealed class DashboardTests
{
    private const string Unallocated = "10.96.255.200";

    private const string Workload = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - { name: web, image: echo, ports: [{ containerPort: 8080 }] }
        """;

    [Fact]
    public void Panels_HaveTheirQueries() => Assert.True(Dashboard.Queries("1m").Count > 20);

    /// <summary>A lab of one node, requests from the outside network through its eBPF engine, a Prometheus that scrapes its silo.</summary>
    [Fact]
    public async Task EveryQuery_OfARunningLab_ReturnsData()
    {
        using ScratchFolder scratch = new();
        await using BuiltLab lab = await BuiltLab.UpAsync("dashboard", nodes: 1);
        await lab.Session.ApplyAsync(ManifestSet.From(ManifestReader.Read(Workload, "workload")), TestContext.Current.CancellationToken);
        ApplyServiceResponse applied = await ApplyAsync(lab.Session, "web", TestContext.Current.CancellationToken);
        Assert.True((await lab.Session.Client.WaitProgrammedAsync(applied.Fence, TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).Programmed);

        await using PrometheusRun prometheus = PrometheusRun.Start(scratch, await lab.HttpAsync());
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task[] load = [RequestsAsync(lab.Session, applied.Service.Spec.ClusterIp, stop.Token), ChangesAsync(lab.Session, stop.Token)];
        try
        {
            await AllHaveDataAsync(prometheus, load);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(load);
        }
    }

    private static async Task AllHaveDataAsync(PrometheusRun prometheus, Task[] load)
    {
        HashSet<(string Panel, string Query)> empty = [.. Dashboard.Queries("10s")];
        await Until.TrueAsync(
            "every query of the dashboard returns data",
            TimeSpan.FromSeconds(120),
            async () =>
            {
                Assert.All(load, task => Assert.False(task.IsFaulted, task.Exception?.ToString()));
                foreach ((string Panel, string Query) query in empty.ToArray())
                {
                    if (await prometheus.HasDataAsync(query.Query))
                    {
                        empty.Remove(query);
                    }
                }

                return empty.Count == 0;
            },
            () => $"without data: {string.Join("; ", empty)}");
        Assert.Contains("no_such_port", await prometheus.QueryAsync("sum by (reason) (cn2_vrouter_rejects_total{number=\"7\"})"), StringComparison.Ordinal);
        Assert.Contains("unallocated", await prometheus.QueryAsync("sum by (reason) (cn2_vrouter_drops_total{number=\"5\"})"), StringComparison.Ordinal);
    }

    // One that is answered, one that is rejected, one that is dropped.
    private static async Task RequestsAsync(LabSession lab, string fip, CancellationToken stop)
    {
        string script = $"curl -sf -m 10 http://{fip}/ >/dev/null || exit 9; curl -s -m 1 http://{fip}:81/; curl -s -m 0.3 http://{Unallocated}/; exit 0";
        while (!stop.IsCancellationRequested)
        {
            LabCommand line = lab.Cluster.Exec("outside", ["bash", "-c", script]);
            (int status, string output, _) = await ProgramRun.RunAsync(line.FileName, [.. line.Arguments]);
            Assert.True(status == 0, $"no answer from {fip}: {output}");
        }
    }

    private static async Task ChangesAsync(LabSession lab, CancellationToken stop)
    {
        for (int number = 0; !stop.IsCancellationRequested; number++)
        {
            ApplyServiceResponse applied = await ApplyAsync(lab, $"web-{number % 20}", CancellationToken.None, port: 1000 + number);
            await lab.Client.WaitProgrammedAsync(applied.Fence, TimeSpan.FromSeconds(10), CancellationToken.None);
        }
    }

    private static async Task<ApplyServiceResponse> ApplyAsync(LabSession lab, string name, CancellationToken cancellation, int port = 80)
    {
        ServiceSpec spec = new() { Ports = { new ServicePort { Port = port, TargetPort = "8080" } }, Selector = { ["app"] = "web" } };
        Service service = new() { Metadata = new ObjectMeta { Namespace = "default", Name = name }, Spec = spec };
        return await lab.Client.Services.ApplyAsync(new ApplyServiceRequest { Service = service }, cancellationToken: cancellation);
    }
}
