using System.Diagnostics.Metrics;

namespace Orleans.Cn2.Grains.Audits;

/// <summary>What the audits found that should not have been, by cause. Each is named in the log of this silo too.</summary>
internal sealed class AuditMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Orleans.Cn2.Audits";

    /// <summary>A lease that its Service knows nothing of; given back.</summary>
    public const string StrayLease = "stray_lease";

    /// <summary>An address of a Service without a lease; leased again.</summary>
    public const string LeaseMissing = "lease_missing";

    /// <summary>An address of a Service that is leased to another, or can't be leased again.</summary>
    public const string AddressLost = "address_lost";

    /// <summary>A publication that a shard has not got; published again.</summary>
    public const string PublicationLost = "publication_lost";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _findings;

    public AuditMeter() => _findings = _meter.CreateCounter<long>("cn2.audit.findings", "{finding}", "What the audits found that should not have been, by cause.");

    /// <summary>Something was found.</summary>
    public void Found(string cause) => _findings.Add(1, new KeyValuePair<string, object?>("cause", cause));

    public void Dispose() => _meter.Dispose();
}
