using System.Globalization;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Clusters;

/// <summary>A worker in a process of its own, which holds tables and carries no packets.</summary>
internal sealed class ClusterWorker : IAsyncDisposable
{
    private const string ConnectedTo = "connected to ";
    private static readonly string[] Ends = ["the silo says goodbye", "stream to "];
    private readonly ScratchFolder _state = new();
    private readonly WorkerRun _run;

    private ClusterWorker(string node, string endpoints) => _run = WorkerRun.Start(node, endpoints, _state.Path);

    public string Output => _run.Program.Output;

    /// <summary>The endpoint that it said to be connected to last; null before the first.</summary>
    public string? Connected => Output.Split('\n').LastOrDefault(line => line.Contains(ConnectedTo, StringComparison.Ordinal)) is { } line
        ? line[(line.IndexOf(ConnectedTo, StringComparison.Ordinal) + ConnectedTo.Length)..]
        : null;

    /// <summary>How long it had no stream, each time after it had one, by its own log.</summary>
    public IReadOnlyList<TimeSpan> Gaps
    {
        get
        {
            List<TimeSpan> gaps = [];
            (bool connected, TimeSpan? ended) = (false, null);
            foreach (string line in Output.Split('\n'))
            {
                if (!TimeSpan.TryParseExact(line.Split(' ')[0], @"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture, out TimeSpan at))
                {
                    continue;
                }

                if (line.Contains(ConnectedTo, StringComparison.Ordinal))
                {
                    // A day has passed where the later time is the smaller one.
                    gaps.AddRange(ended is { } since ? [at < since ? at - since + TimeSpan.FromDays(1) : at - since] : []);
                    (connected, ended) = (true, null);
                }
                else if (connected && Ends.Any(end => line.Contains(end, StringComparison.Ordinal)))
                {
                    ended ??= at;
                }
            }

            return gaps;
        }
    }

    /// <summary>Registers the node and starts its worker.</summary>
    public static async Task<ClusterWorker> StartAsync(Cn2Client client, string node, string endpoints)
    {
        Node registration = new() { Metadata = new ObjectMeta { Name = node }, Addresses = { "192.0.2.1" }, PodCidrs = { "10.244.0.0/24" } };
        await client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = registration }, cancellationToken: TestContext.Current.CancellationToken);
        return new ClusterWorker(node, endpoints);
    }

    /// <summary>Waits until its last stream is the one to this endpoint.</summary>
    public Task OnAsync(string endpoint, TimeSpan bound, Func<string> seen) => Until.TrueAsync(
        $"the worker is on {endpoint}", bound, () => Task.FromResult(Connected == endpoint), () => $"{Output}\n{seen()}");

    /// <summary>Waits until its last stream is one to another endpoint.</summary>
    public Task LeftAsync(string endpoint, TimeSpan bound, Func<string> seen) => Until.TrueAsync(
        $"the worker left {endpoint}", bound, () => Task.FromResult(Connected != endpoint), () => $"{Output}\n{seen()}");

    /// <summary>Waits until the vRouter of the node holds what is compiled for it, as this client's silo sees it.</summary>
    public static Task InSyncAsync(Cn2Client client, TimeSpan bound, Func<string> seen) => Until.TrueAsync(
        "the worker holds the tables",
        bound,
        async () =>
        {
            int inSync = 0;
            await Samples.AnsweredAsync(async () => inSync = (await client.Diagnostics.StatusAsync(new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(10))).NodesInSync);
            return inSync == 1;
        },
        seen);

    public async ValueTask DisposeAsync()
    {
        await _run.DisposeAsync();
        _state.Dispose();
    }
}
