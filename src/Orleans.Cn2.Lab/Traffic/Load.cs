namespace Orleans.Cn2.Lab.Traffic;

/// <summary>Sends HTTP requests or UDP datagrams from inside network namespaces.</summary>
public static class Load
{
    /// <summary>Sends the plan's number of HTTP/1.1 requests and reports.</summary>
    public static Task<TrafficReport> HttpAsync(TrafficPlan plan, CancellationToken cancellationToken) =>
        RunAsync(new LoadRun(plan, Exchanges.HttpAsync), plan.Requests, cancellationToken);

    /// <summary>Sends the plan's number of datagrams, each from a fresh socket, and awaits the echo server's answers.</summary>
    public static Task<TrafficReport> UdpAsync(TrafficPlan plan, CancellationToken cancellationToken) =>
        RunAsync(new LoadRun(plan, Exchanges.UdpAsync), plan.Requests, cancellationToken);

    /// <summary>Sends HTTP requests until stopped.</summary>
    public static RunningLoad StartHttp(TrafficPlan plan) => new(new LoadRun(plan, Exchanges.HttpAsync));

    /// <summary>Sends datagrams until stopped.</summary>
    public static RunningLoad StartUdp(TrafficPlan plan) => new(new LoadRun(plan, Exchanges.UdpAsync));

    private static async Task<TrafficReport> RunAsync(LoadRun run, int requests, CancellationToken cancellationToken)
    {
        using LoadRun owned = run;
        await run.RunAsync(requests, CancellationToken.None, cancellationToken);
        return run.Report();
    }
}

/// <summary>A load under way.</summary>
public sealed class RunningLoad : IAsyncDisposable
{
    private readonly LoadRun _run;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;

    internal RunningLoad(LoadRun run)
    {
        _run = run;
        _sending = run.RunAsync(int.MaxValue, _stop.Token, CancellationToken.None);
    }

    /// <summary>What came of it so far.</summary>
    public TrafficReport Snapshot() => _run.Report();

    /// <summary>Begins no further request, awaits those under way and reports.</summary>
    public async Task<TrafficReport> StopAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        return _run.Report();
    }

    /// <summary>Stops the load, if <see cref="StopAsync"/> hasn't, and leaves the namespace.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        _run.Dispose();
        _stop.Dispose();
    }
}
