using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Simulation;
using Orleans.Cn2.Lab.Traffic;

namespace Orleans.Cn2.Cli.Check.Simulated;

/// <summary>Sends requests through a simulated network and keeps count; until stopped, when it runs as a load.</summary>
internal sealed class SimulatedRequests(SimulatedNetwork network, Place place, Target target, Action<string>? answered) : ICheckLoad
{
    private readonly Dictionary<string, int> _backends = [];
    private readonly Dictionary<string, int> _failures = [];
    private readonly List<TimeSpan> _latencies = [];
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly IpAddress _destination = IpAddress.From(target.Address);
    private Task _sending = Task.CompletedTask;
    private volatile bool _stopping;

    /// <summary>Sends until stopped.</summary>
    public SimulatedRequests Start()
    {
        _sending = Task.Run(async () =>
        {
            // A pause after each request: requests take microseconds here, and other loads and the change under test want their turn.
            using PeriodicTimer pace = new(TimeSpan.FromMilliseconds(1));
            do
            {
                Send();
            }
            while (!_stopping && await pace.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false));
        });
        return this;
    }

    /// <summary>Sends one request after another.</summary>
    public TrafficReport Send(int requests, CancellationToken cancellation)
    {
        for (int i = 0; i < requests; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Send();
        }

        return Report();
    }

    /// <inheritdoc/>
    public async Task<TrafficReport> StopAsync()
    {
        _stopping = true;
        await _sending.ConfigureAwait(false);
        return Report();
    }

    private void Send()
    {
        long began = Stopwatch.GetTimestamp();
        SimulatedAnswer answer = network.Send(Client(), target.Protocol, _destination, target.Port);
        if (answer.Pod is { } pod)
        {
            _latencies.Add(Stopwatch.GetElapsedTime(began));
            _backends[pod] = _backends.GetValueOrDefault(pod) + 1;
            answered?.Invoke(pod);
        }
        else
        {
            string failure = answer.Failure ?? "no answer";
            _failures[failure] = _failures.GetValueOrDefault(failure) + 1;
        }
    }

    private SimulatedClient Client() => place.Kind switch
    {
        PlaceKind.Pod => SimulatedClient.Pod(place.Key),
        PlaceKind.Node => SimulatedClient.Node(place.Key),
        _ => SimulatedClient.Outside,
    };

    private TrafficReport Report()
    {
        TimeSpan[] sorted = [.. _latencies.Order()];
        return new TrafficReport
        {
            Sent = sorted.Length + _failures.Values.Sum(),
            Succeeded = sorted.Length,
            Backends = _backends.ToImmutableSortedDictionary(),
            Failures = _failures.ToImmutableSortedDictionary(),
            P50 = AtRank(sorted, 50),
            P99 = AtRank(sorted, 99),
            Max = AtRank(sorted, 100),
            Elapsed = Stopwatch.GetElapsedTime(_began),
        };
    }

    // Nearest rank, as the lab's own reports.
    private static TimeSpan AtRank(TimeSpan[] sorted, int percent) =>
        sorted.Length == 0 ? TimeSpan.Zero : sorted[Math.Clamp((((sorted.Length * percent) + 99) / 100) - 1, 0, sorted.Length - 1)];
}
