using System.Net;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;
using Orleans.Cn2.Netns.Tests.Traffic;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>Sessions, bulk transfers and requests from everywhere through a disturbance of the lab: nothing breaks.</summary>
public abstract class DisturbanceTests(MatrixLab lab) : IAsyncDisposable
{
    private const int TransferBytes = 512 * 1024;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LoadPause = TimeSpan.FromMilliseconds(20);
    private static readonly WorkloadId Many = new(WorkloadKind.Deployment, "default", "many");
    private readonly List<LineSession> _sessions = [];
    private readonly List<(string Label, RunningLoad Load)> _loads = [];
    private readonly CancellationTokenSource _enough = new();
    private Task<int>[] _transfers = [];
    private BulkServer[] _servers = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Everything under way before, through and after it.</summary>
    protected async Task ThroughAsync(string disturbance)
    {
        await StartAsync();
        switch (disturbance)
        {
            case "scaling":
                foreach (int replicas in (int[])[5, 2, 3])
                {
                    await lab.Session.ScaleAsync(Many, replicas, Token);
                    await lab.Session.SettleAsync(Token);
                    await ProgressAsync();
                }

                break;
            case "rolling update":
                await lab.RollAsync();
                await ProgressAsync();
                break;
            case "worker":
                await lab.KillWorkerAsync("node1");
                await ProgressAsync();
                await lab.RestartWorkerAsync("node1");
                break;
            default:
                await lab.KillSiloAsync();
                await ProgressAsync();
                await lab.RestartSiloAsync();
                break;
        }

        await ProgressAsync();
        await StopAsync();
    }

    /// <summary>
    /// A node drains while everything is under way, and the pods that scale have no flows there once the load is over. A client's port that comes round again
    /// within the timeout finds its former flow, so that under load some may be left.
    /// </summary>
    protected async Task ThroughADrainAsync()
    {
        await StartAsync();
        try
        {
            await lab.DrainAsync("node2");
            await ProgressAsync();
            Assert.Equal(["node1"], await lab.NodesInUseAsync(Many.Name));
            await ProgressAsync();
            await StopAsync();
            await lab.DrainedAsync("node2", Many.Name);
        }
        finally
        {
            await lab.UndrainAsync("node2");
        }

        Assert.Equal(["node1", "node2"], await lab.NodesInUseAsync(Many.Name));
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        foreach (LineSession session in _sessions)
        {
            await session.DisposeAsync();
        }

        foreach ((_, RunningLoad load) in _loads)
        {
            await load.DisposeAsync();
        }

        foreach (BulkServer server in _servers)
        {
            await server.DisposeAsync();
        }

        _enough.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task StartAsync()
    {
        _servers = [.. ((string[])["srv-0", "srv-1"]).Select(name => lab.Pod(name))
            .Select(pod => BulkServer.Start(pod.NetworkNamespace, pod.V4.ToIPAddress(), pod.V6.ToIPAddress()))];
        List<Task<int>> transfers = [];
        foreach (int family in (int[])[4, 6])
        {
            IPAddress many = await lab.FloatingIpAsync("many", family);
            foreach ((string label, string from) in lab.Places)
            {
                foreach (string service in (string[])["srv-0", "srv-1"])
                {
                    IPAddress one = await lab.FloatingIpAsync(service, family);
                    _sessions.Add(await LineSession.OpenAsync($"session from {label} to {service}", from, new IPEndPoint(one, 80)));
                }

                TrafficPlan plan = new() { NetworkNamespace = from, Destination = new IPEndPoint(many, 80), Concurrency = 1, Pause = LoadPause, Timeout = TimeSpan.FromSeconds(15) };
                _loads.Add(($"requests from {label} by TCP/IPv{family}", Load.StartHttp(plan)));
                _loads.Add(($"requests from {label} by UDP/IPv{family}", Load.StartUdp(plan)));
            }

            string outside = lab.Places.Single(place => place.Label == "outside").Namespace;
            transfers.Add(TransferAsync(outside, await lab.FloatingIpAsync("srv-0", family)));
            transfers.Add(TransferAsync(outside, await lab.FloatingIpAsync("srv-1", family)));
        }

        _transfers = [.. transfers];
        await ProgressAsync();
    }

    private async Task<int> TransferAsync(string from, IPAddress address)
    {
        int done = 0;
        using PeriodicTimer pace = new(LoadPause);
        for (; !_enough.IsCancellationRequested; done++)
        {
            await BulkClient.TcpAsync(from, address, TransferBytes);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return done;
    }

    /// <summary>Every session and every load gets further.</summary>
    private async Task ProgressAsync()
    {
        int[] lines = [.. _sessions.Select(session => session.Answers)];
        int[] requests = [.. _loads.Select(each => each.Load.Snapshot().Succeeded)];
        await Until.TrueAsync(
            "every session and load gets further",
            Bound,
            () => Task.FromResult(_sessions.Select((session, i) => session.Answers >= lines[i] + 20).All(further => further)
                && _loads.Select((each, i) => each.Load.Snapshot().Succeeded >= requests[i] + 20).All(further => further)),
            () => string.Join('\n', _sessions.Where((session, i) => session.Answers < lines[i] + 20)) + "\n" + string.Join('\n', _loads.Select((each, i) => $"{each.Label}: {requests[i]} -> {each.Load.Snapshot().Succeeded}, {string.Join(", ", each.Load.Snapshot().Failures)}")));
    }

    private async Task StopAsync()
    {
        await _enough.CancelAsync();
        foreach (LineSession session in _sessions)
        {
            await session.EndAsync();
        }

        foreach ((string label, RunningLoad load) in _loads)
        {
            TrafficReport report = await load.StopAsync();
            Assert.True(report.Failed == 0, $"{label}: {report.Failed} of {report.Sent} failed: {string.Join(", ", report.Failures)}");
        }

        Assert.DoesNotContain(0, await Task.WhenAll(_transfers));
    }
}
