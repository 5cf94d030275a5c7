using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Grains.Subnets;

/// <summary>Use of the subnets of this silo.</summary>
internal sealed class SubnetMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Orleans.Cn2.Subnets";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _claims;
    private readonly ConcurrentDictionary<string, ImmutableArray<AddressPool>> _subnets = new();

    public SubnetMeter()
    {
        _claims = _meter.CreateCounter<long>("cn2.subnet.claims", "{claim}", "Claims by outcome; scope is static for an address asked for, else dynamic.");
        Gauge("cn2.subnet.allocated", "Leased addresses.", pool => pool.Leased);
        Gauge("cn2.subnet.quarantined", "Released addresses that are not free yet.", pool => pool.Quarantined);
        Gauge("cn2.subnet.available", "Free addresses.", pool => (long)Math.Min(long.MaxValue, pool.Bands.Usable - (ulong)(pool.Leased + pool.Quarantined)));
    }

    /// <summary>A claim was decided.</summary>
    public void Claimed(string subnet, IpFamily family, bool requested, bool granted) => _claims.Add(
        1,
        new KeyValuePair<string, object?>("subnet", subnet),
        new KeyValuePair<string, object?>("family", family.ToString()),
        new KeyValuePair<string, object?>("scope", requested ? "static" : "dynamic"),
        new KeyValuePair<string, object?>("outcome", granted ? "granted" : "refused"));

    /// <summary>Takes the pools of a subnet.</summary>
    public void Report(string subnet, ImmutableArray<AddressPool> pools) => _subnets[subnet] = pools;

    /// <summary>A subnet is gone from this silo.</summary>
    public void Remove(string subnet) => _subnets.TryRemove(subnet, out _);

    public void Dispose() => _meter.Dispose();

    private void Gauge(string name, string description, Func<AddressPool, long> value) => _meter.CreateObservableGauge(
        name,
        () => _subnets.SelectMany(subnet => subnet.Value.Select(pool => new Measurement<long>(
            value(pool),
            new KeyValuePair<string, object?>("subnet", subnet.Key),
            new KeyValuePair<string, object?>("family", pool.Prefix.Family.ToString())))),
        "{address}",
        description);
}
