using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>What the workers of this silo's vRouters report, as metrics with the labels node, service, reason.</summary>
internal sealed class VRouterMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Orleans.Cn2.VRouters";

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _programming;
    private readonly ConcurrentDictionary<string, Reported> _nodes = new();

    public VRouterMeter()
    {
        _programming = _meter.CreateHistogram<double>(
            "cn2.network.programming.duration", "s", "From the commit of a change to a vRouter's acknowledgement.");
        Gauge("cn2.vrouter.in_sync", "1 when the vRouter holds what is compiled for it.", "{vrouter}", node => node.InSync ? 1 : 0);
        Gauge("cn2.vrouter.services", "Services programmed.", "{service}", node => node.Stats.Services);
        Gauge("cn2.vrouter.paths", "ECMP paths programmed.", "{path}", node => node.Stats.Paths);
        Gauge("cn2.vrouter.flows", "Flows in the flow table.", "{flow}", node => node.Stats.Flows);
        Gauge("cn2.vrouter.flows.capacity", "Room of the flow table.", "{flow}", node => node.Stats.FlowsCapacity);
        Gauge("cn2.vrouter.flows.embryonic", "Flows that no reply was seen of.", "{flow}", node => node.Stats.EmbryonicFlows);
        Gauge("cn2.vrouter.slots", "Maglev slots in use.", "{slot}", node => node.Stats.SlotsUsed);
        Counter("cn2.vrouter.drops", "Packets dropped, by reason.", "{packet}", node => Reasons(node, reject: false));
        Counter("cn2.vrouter.rejects", "Packets answered by RST or ICMP, by reason.", "{packet}", node => Reasons(node, reject: true));
        Counter("cn2.service.packets", "Packets to a service.", "{packet}", node => Services(node, count => count.Packets));
        Counter("cn2.service.bytes", "Bytes to a service, L3.", "By", node => Services(node, count => count.Bytes));
        Counter("cn2.service.flows", "New flows to a service.", "{flow}", node => Services(node, count => count.NewFlows));
    }

    /// <summary>Takes a worker's report.</summary>
    public void Report(string node, WorkerStats stats, bool inSync, IEnumerable<(ulong Id, ServiceTable Service)> services) =>
        _nodes[node] = new Reported(stats, inSync, services.ToDictionary(service => service.Id, service => service.Service.Name.ToString()));

    /// <summary>A vRouter is gone from this silo.</summary>
    public void Remove(string node) => _nodes.TryRemove(node, out _);

    /// <summary>A change was acknowledged.</summary>
    public void Programmed(string node, TimeSpan sinceCommit) =>
        _programming.Record(Math.Max(0, sinceCommit.TotalSeconds), new KeyValuePair<string, object?>("node", node));

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<(ulong Value, string Label, string Text)> Reasons(Reported node, bool reject) =>
        node.Stats.Reasons.Where(count => count.Reject == reject).Select(count => (count.Packets, "reason", count.Reason.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private static IEnumerable<(ulong Value, string Label, string Text)> Services(Reported node, Func<FrontendCount, ulong> value) =>
        node.Stats.Frontends
            .Where(count => node.Services.ContainsKey(count.FrontendId))
            .GroupBy(count => node.Services[count.FrontendId])
            .Select(service => (service.Aggregate(0UL, (sum, count) => sum + value(count)), "service", service.Key));

    private void Gauge(string name, string description, string unit, Func<Reported, long> value) => _meter.CreateObservableGauge(
        name,
        () => _nodes.Select(node => new Measurement<long>(value(node.Value), new KeyValuePair<string, object?>("node", node.Key))),
        unit,
        description);

    private void Counter(string name, string description, string unit, Func<Reported, IEnumerable<(ulong Value, string Label, string Text)>> values) =>
        _meter.CreateObservableCounter(
            name,
            () => _nodes.SelectMany(node => values(node.Value).Select(sample => new Measurement<long>(
                (long)sample.Value, new KeyValuePair<string, object?>("node", node.Key), new KeyValuePair<string, object?>(sample.Label, sample.Text)))),
            unit,
            description);

    private sealed record Reported(WorkerStats Stats, bool InSync, Dictionary<ulong, string> Services);
}
