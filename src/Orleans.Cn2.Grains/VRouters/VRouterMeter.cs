using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Orleans.Cn2.Contracts.VRouters;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>What the workers of this silo's vRouters report, as metrics with the labels node, service, reason.</summary>
internal sealed class VRouterMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Orleans.Cn2.VRouters";

    /// <summary>Services named a node, the busiest ones; the rest is summed up as <see cref="Rest"/>.</summary>
    public const int MostServices = 1000;

    /// <summary>The label of Services beyond <see cref="MostServices"/>; no Service can be called so.</summary>
    public const string Rest = "other";

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _programming;
    private readonly ConcurrentDictionary<string, Reported> _nodes = new();
    private readonly FrontendNames _names;

    public VRouterMeter(TableRelay relay)
    {
        _names = relay.Names;
        _programming = _meter.CreateHistogram<double>(
            "cn2.network.programming.duration", "s", "From the commit of a change to a vRouter's acknowledgement.");
        Gauge("cn2.vrouter.attached", "1 while the vRouter's worker is attached to this silo.", "{vrouter}", _ => 1);
        Gauge("cn2.vrouter.in_sync", "1 when the vRouter holds what is compiled for it.", "{vrouter}", node => node.InSync ? 1 : 0);
        Gauge("cn2.vrouter.services", "Services programmed.", "{service}", node => node.Stats?.Services);
        Gauge("cn2.vrouter.paths", "ECMP paths programmed.", "{path}", node => node.Stats?.Paths);
        Gauge("cn2.vrouter.flows", "Flows in the flow table.", "{flow}", node => node.Stats?.Flows);
        Gauge("cn2.vrouter.flows.capacity", "Room of the flow table.", "{flow}", node => node.Stats?.FlowsCapacity);
        Gauge("cn2.vrouter.flows.embryonic", "Flows that no reply was seen of.", "{flow}", node => node.Stats?.EmbryonicFlows);
        Gauge("cn2.vrouter.slots", "Maglev slots in use.", "{slot}", node => node.Stats?.SlotsUsed);
        Gauge("cn2.vrouter.slots.capacity", "Room for Maglev slots.", "{slot}", node => node.Stats?.SlotsCapacity);
        Gauge("cn2.vrouter.faulty", "Parts of the worker that fail now.", "{part}", node => node.Stats?.Health.Count(part => part.IsFaulty));
        Counter("cn2.vrouter.faults", "Faults of the worker, by part.", "{fault}", stats => stats.Health.Select(part => (part.Faults, Label("part", part.Part))));
        Counter("cn2.vrouter.repairs", "What the worker put right, by part.", "{repair}", stats => stats.Health.Select(part => (part.Repairs, Label("part", part.Part))));
        Counter("cn2.vrouter.drops", "Packets dropped, by reason: its name and its number.", "{packet}", stats => Reasons(stats, reject: false));
        Counter("cn2.vrouter.rejects", "Packets answered by RST or ICMP, by reason: its name and its number.", "{packet}", stats => Reasons(stats, reject: true));
        Counter("cn2.service.packets", "Packets to a service.", "{packet}", stats => Services(stats, count => count.Packets));
        Counter("cn2.service.bytes", "Bytes to a service, L3.", "By", stats => Services(stats, count => count.Bytes));
        Counter("cn2.service.flows", "New flows to a service.", "{flow}", stats => Services(stats, count => count.NewFlows));
    }

    /// <summary>A worker attached; it has yet to report.</summary>
    public void Attached(string node) => _nodes[node] = new Reported(null, false);

    /// <summary>Takes a worker's report.</summary>
    public void Report(string node, WorkerStats stats, bool inSync) => _nodes[node] = new Reported(stats, inSync);

    /// <summary>A vRouter is gone from this silo.</summary>
    public void Remove(string node) => _nodes.TryRemove(node, out _);

    /// <summary>A change was acknowledged.</summary>
    public void Programmed(string node, TimeSpan sinceCommit) =>
        _programming.Record(Math.Max(0, sinceCommit.TotalSeconds), new KeyValuePair<string, object?>("node", node));

    public void Dispose() => _meter.Dispose();

    /// <summary>Counters by Service name: the busiest by their packets, then the rest. Frontends that no table knows any more are left out.</summary>
    internal static IEnumerable<(ulong Value, string Service)> ByService(
        IEnumerable<FrontendCount> frontends, Func<ulong, string?> nameOf, Func<FrontendCount, ulong> value, int most)
    {
        IGrouping<string, FrontendCount>[] services =
        [
            .. from count in frontends
            let name = nameOf(count.FrontendId)
            where name is not null
            group count by name into service
            orderby Sum(service, count => count.Packets) descending, service.Key
            select service,
        ];
        foreach (IGrouping<string, FrontendCount> service in services.Take(most))
        {
            yield return (Sum(service, value), service.Key);
        }

        if (services.Length > most)
        {
            yield return (Sum(services.Skip(most).SelectMany(service => service), value), Rest);
        }
    }

    private static ulong Sum(IEnumerable<FrontendCount> counts, Func<FrontendCount, ulong> value) =>
        counts.Aggregate(0UL, (sum, count) => sum + value(count));

    private static IEnumerable<(ulong Value, KeyValuePair<string, object?>[] Labels)> Reasons(WorkerStats stats, bool reject) => stats.Reasons
        .Where(count => count.Reject == reject)
        .Select(count => (count.Packets, new KeyValuePair<string, object?>[] { new("reason", count.Name), new("number", (int)count.Reason) }));

    private IEnumerable<(ulong Value, KeyValuePair<string, object?>[] Labels)> Services(WorkerStats stats, Func<FrontendCount, ulong> value) =>
        ByService(stats.Frontends, _names.Find, value, MostServices)
            .Select(service => (service.Value, Label("service", service.Service)));

    private static KeyValuePair<string, object?>[] Label(string name, string value) => [new(name, value)];

    private void Gauge(string name, string description, string unit, Func<Reported, long?> value) => _meter.CreateObservableGauge(
        name,
        () => from node in _nodes
              let reading = value(node.Value)
              where reading is not null
              select new Measurement<long>(reading.Value, new KeyValuePair<string, object?>("node", node.Key)),
        unit,
        description);

    private void Counter(string name, string description, string unit, Func<WorkerStats, IEnumerable<(ulong Value, KeyValuePair<string, object?>[] Labels)>> values) =>
        _meter.CreateObservableCounter(
            name,
            () => from node in _nodes
                  where node.Value.Stats is not null
                  from sample in values(node.Value.Stats!)
                  select new Measurement<long>((long)sample.Value, [new("node", node.Key), .. sample.Labels]),
            unit,
            description);

    private sealed record Reported(WorkerStats? Stats, bool InSync);
}
