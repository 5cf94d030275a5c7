using System.Diagnostics.Metrics;

namespace Orleans.Cn2.Storage;

/// <summary>Metrics of the store, meter <c>Orleans.Cn2.Storage</c>.</summary>
public static class StorageMeter
{
    /// <summary>Name to give to the metrics exporter.</summary>
    public const string Name = "Orleans.Cn2.Storage";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<int> BatchSize =
        Meter.CreateHistogram<int>("cn2.storage.commit.writes", "{write}", "Writes made durable by one commit.");

    private static readonly Counter<long> Faults =
        Meter.CreateCounter<long>("cn2.storage.faults", "{fault}", "Commits and reads that failed, by cause.");

    internal static void Committed(int writes) => BatchSize.Record(writes);

    internal static void Failed(StorageFault fault) => Faults.Add(1, new KeyValuePair<string, object?>("cn2.storage.fault", fault.ToString()));
}
