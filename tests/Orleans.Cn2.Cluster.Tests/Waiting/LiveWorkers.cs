using Orleans.Cn2.Cluster.Tests.VRouters;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;

namespace Orleans.Cn2.Cluster.Tests.Waiting;

/// <summary>Workers of nodes of their own that pull, acknowledge and report by themselves, while no other vRouter of the fixture is live.</summary>
internal sealed class LiveWorkers : IAsyncDisposable
{
    private readonly FanoutFixture _cluster;
    private readonly Dictionary<string, (FakeWorker Worker, CancellationTokenSource Enough, Task Running)> _running = [];

    private LiveWorkers(FanoutFixture cluster) => _cluster = cluster;

    /// <summary>The nodes, in the order of their workers.</summary>
    public IReadOnlyList<string> Nodes => [.. _running.Keys];

    public FakeWorker this[int index] => _running[Nodes[index]].Worker;

    public static async Task<LiveWorkers> StartAsync(FanoutFixture cluster, int count)
    {
        // Workers of other tests fall silent and are live no more.
        IProgressGrain progress = cluster.Grains.GetGrain<IProgressGrain>(IProgressGrain.Key);
        await ClusterFixture.EventuallyAsync(async () => (await progress.Query(Fence.None)).Live == 0);
        LiveWorkers workers = new(cluster);
        for (int i = 0; i < count; i++)
        {
            string node = ClusterFixture.NewName("live");
            FakeWorker worker = await cluster.AttachedAsync(node);
            CancellationTokenSource enough = new();
            workers._running[node] = (worker, enough, RunAsync(worker, enough.Token));
        }

        return workers;
    }

    /// <summary>The worker of a node leaves; its stream ends.</summary>
    public async Task LeaveAsync(int index)
    {
        string node = Nodes[index];
        await SilenceAsync(index);
        await _cluster.Grains.GetGrain<Contracts.VRouters.IVRouterGrain>(node).Detach(_running[node].Worker.Session);
    }

    /// <summary>The worker of a node says nothing any more; its stream stands.</summary>
    public async Task SilenceAsync(int index)
    {
        (_, CancellationTokenSource enough, Task running) = _running[Nodes[index]];
        await enough.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((string node, (_, CancellationTokenSource enough, Task running)) in _running)
        {
            await enough.CancelAsync();
            await running;
            enough.Dispose();
            await _cluster.Node(node).Delete();
        }
    }

    private static async Task RunAsync(FakeWorker worker, CancellationToken cancellation)
    {
        // A pull waits for up to a second; one that holds is answered at once, with the same again.
        using PeriodicTimer pace = new(TimeSpan.FromMilliseconds(20));
        while (!cancellation.IsCancellationRequested)
        {
            await worker.ReportAsync();
            await worker.PullAsync();
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
