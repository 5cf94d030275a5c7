using System.Diagnostics;
using System.Diagnostics.Metrics;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Telemetry;

/// <summary>Traces and metrics of the worker. The span of an update continues the trace of the API call that caused it.</summary>
internal sealed class WorkerTelemetry : IDisposable
{
    /// <summary>Name of the activity source and the meter.</summary>
    public const string Name = "Orleans.Cn2.Worker";

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _applyDuration;
    private readonly Histogram<double> _programmingDuration;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _repairs;
    private readonly Counter<long> _connects;

    public WorkerTelemetry()
    {
        _applyDuration = _meter.CreateHistogram<double>("cn2.vrouter.apply.duration", "s", "From receipt of an update to the last map write.");
        _programmingDuration = _meter.CreateHistogram<double>(
            "cn2.network.programming.duration", "s", "From the commit of a change to the last map write of this node.");
        _faults = _meter.CreateCounter<long>("cn2.vrouter.faults", "{fault}", "Faults of the worker, by part.");
        _repairs = _meter.CreateCounter<long>("cn2.vrouter.repairs", "{repair}", "What the worker put right, by part.");
        _connects = _meter.CreateCounter<long>("cn2.vrouter.connects", "{connect}", "Streams opened to a silo.");
    }

    /// <summary>Starts the span of an update under its <c>traceparent</c>.</summary>
    public Activity? StartApply(Update update)
    {
        ActivityContext.TryParse(update.Traceparent, null, isRemote: true, out ActivityContext parent);
        Activity? activity = _source.StartActivity("vrouter.apply", ActivityKind.Consumer, parent);
        return activity?
            .SetTag("cn2.shard", update.To.Shard)
            .SetTag("cn2.snapshot", update.Snapshot)
            .SetTag("cn2.seq", update.To.Seq);
    }

    /// <summary>Starts the span of the map writes of an update, within the one of its application.</summary>
    public Activity? StartWrite(string engine, int upserts, int deletes) => _source.StartActivity("vrouter.write")?
        .SetTag("cn2.engine", engine)
        .SetTag("cn2.upserts", upserts)
        .SetTag("cn2.deletes", deletes);

    public void Applied(TimeSpan duration, TimeSpan? sinceCommit)
    {
        _applyDuration.Record(duration.TotalSeconds);
        if (sinceCommit is { Ticks: >= 0 } programming)
        {
            _programmingDuration.Record(programming.TotalSeconds);
        }
    }

    public void Faulted(string part) => _faults.Add(1, new KeyValuePair<string, object?>("part", part));

    public void Repaired(string part) => _repairs.Add(1, new KeyValuePair<string, object?>("part", part));

    public void Connected() => _connects.Add(1);

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }
}
