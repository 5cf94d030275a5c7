using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Silo.Tests.Processes;

namespace Orleans.Cn2.Silo.Tests.Dashboards;

public sealed class DashboardTests
{
    private const string Node = "node-1";

    [Fact]
    public void Panels_HaveTheirQueries() => Assert.True(Dashboard.Queries("1m").Count > 20);

    /// <summary>The silo, Prometheus and the stream are real; the packets that the worker's counters tell of are not.</summary>
    [Fact]
    public async Task EveryQuery_OfABusySilo_ReturnsData()
    {
        using ScratchFolder scratch = new();
        await using SiloRun silo = await SiloRun.StartHealthyAsync(scratch.Of("data"));
        using Cn2Client client = Cn2Client.Connect(silo.Grpc);
        await client.Nodes.RegisterAsync(
            new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = Node }, Addresses = { "192.0.2.1" }, PodCidrs = { "10.1.0.0/24" } } },
            cancellationToken: TestContext.Current.CancellationToken);
        await client.Vmis.RegisterAsync(
            new RegisterVmiRequest
            {
                Vmi = new Vmi
                {
                    Metadata = new ObjectMeta { Namespace = "default", Name = "web-0", Uid = Guid.NewGuid().ToString(), Labels = { ["app"] = "web" } },
                    Node = Node,
                    Addresses = { "10.1.0.5" },
                },
            },
            cancellationToken: TestContext.Current.CancellationToken);

        await using ReportingWorker worker = await ReportingWorker.AttachAsync(silo.Grpc, Node);
        await using PrometheusRun prometheus = PrometheusRun.Start(scratch, silo.Http);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task[] load = [worker.RunAsync(TimeSpan.FromMilliseconds(250), stop.Token), ApplyAsync(client, stop.Token)];

        HashSet<(string Panel, string Query)> empty = [.. Dashboard.Queries("10s")];
        await Until.TrueAsync(
            "every query of the dashboard returns data",
            TimeSpan.FromSeconds(90),
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
        await stop.CancelAsync();
        await Task.WhenAll(load.Select(task => Assert.ThrowsAnyAsync<Exception>(() => task)));
        Assert.All(load, task => Assert.True(
            task.IsCanceled || task.Exception?.InnerException is RpcException { StatusCode: StatusCode.Cancelled }, task.Exception?.ToString()));
    }

    private static async Task ApplyAsync(Cn2Client client, CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(500));
        for (int number = 0; ; number++)
        {
            ServiceSpec spec = new() { Ports = { new ServicePort { Port = 80 } }, Selector = { ["app"] = "web" } };
            Service service = new() { Metadata = new ObjectMeta { Namespace = "default", Name = $"web-{number}" }, Spec = spec };
            await client.Services.ApplyAsync(new ApplyServiceRequest { Service = service }, cancellationToken: cancellation);
            await timer.WaitForNextTickAsync(cancellation);
        }
    }
}
