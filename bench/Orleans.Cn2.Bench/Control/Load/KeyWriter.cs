using System.Diagnostics;
using Grpc.Core;
using Orleans.Cn2.Client;

namespace Orleans.Cn2.Bench.Control.Load;

/// <summary>Changes one Service without a pause; a change whose outcome is unknown is repeated.</summary>
internal sealed class KeyWriter(Cn2Client client, string name)
{
    private const int FirstPort = 1_000;
    private const int Ports = 50_000;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CallBound = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private (long After, TaskCompletionSource Taken)? _awaited;
    private volatile bool _stopping;
    private Task _running = Task.CompletedTask;

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Ends with the first acknowledged try that began after this time stamp.</summary>
    public Task FirstAfter(long after)
    {
        lock (_gate)
        {
            TaskCompletionSource taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited = (after, taken);
            return taken.Task;
        }
    }

    public Task StopAsync()
    {
        _stopping = true;
        return _running;
    }

    private async Task RunAsync()
    {
        for (int change = 0; !_stopping; change++)
        {
            long began = Stopwatch.GetTimestamp();
            while (!await TryAsync(FirstPort + (change % Ports)))
            {
                await Task.Delay(Between);
                began = Stopwatch.GetTimestamp();
            }

            lock (_gate)
            {
                if (_awaited is { } awaited && began > awaited.After)
                {
                    awaited.Taken.TrySetResult();
                }
            }
        }
    }

    private async Task<bool> TryAsync(int port)
    {
        try
        {
            await client.Services.ApplyAsync(Requests.DualStack("failover", name, port), deadline: DateTime.UtcNow + CallBound);
            return true;
        }
        catch (RpcException unknown) when (unknown.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Aborted)
        {
            return false;
        }
    }
}
