using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>The catalog shards of this silo as metrics.</summary>
internal sealed class CatalogMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Orleans.Cn2.Catalog";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _publications;
    private readonly Counter<long> _removals;
    private readonly Histogram<double> _rebuild;
    private readonly ConcurrentDictionary<int, (bool Ready, int Listed)> _shards = new();

    public CatalogMeter()
    {
        _publications = _meter.CreateCounter<long>("cn2.catalog.publications", "{entry}", "Entries appended to the logs of this silo's shards.");
        _removals = _meter.CreateCounter<long>("cn2.catalog.removals", "{entry}", "Removals appended to the logs of this silo's shards.");
        _rebuild = _meter.CreateHistogram<double>("cn2.catalog.rebuild.duration", "s", "From a shard's activation until every Service of its list reported.");
        _meter.CreateObservableGauge("cn2.catalog.shards", () => (long)_shards.Count, "{shard}", "Shards on this silo.");
        _meter.CreateObservableGauge("cn2.catalog.shards.ready", () => _shards.LongCount(shard => shard.Value.Ready), "{shard}", "Shards on this silo that are served.");
        _meter.CreateObservableGauge("cn2.catalog.services", () => _shards.Sum(shard => (long)shard.Value.Listed), "{service}", "Services listed in this silo's shards.");
    }

    public void Published() => _publications.Add(1);

    public void Removed() => _removals.Add(1);

    public void Rebuilt(TimeSpan duration) => _rebuild.Record(duration.TotalSeconds);

    /// <summary>How a shard stands.</summary>
    public void Note(int shard, bool ready, int listed) => _shards[shard] = (ready, listed);

    /// <summary>A shard left this silo.</summary>
    public void Left(int shard) => _shards.TryRemove(shard, out _);

    public void Dispose() => _meter.Dispose();
}
