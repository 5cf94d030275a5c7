using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Cluster.Tests.Subnets;

[Collection(SmallClusterTests.Name)]
public sealed class SubnetMeterTests(SmallClusterFixture cluster)
{
    [Fact]
    public async Task Meter_ClaimsAndReleases_CountsAddressesAndOutcomes()
    {
        string name = ClusterFixture.NewName("metered");
        ConcurrentDictionary<string, long> values = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == "Orleans.Cn2.Subnets")
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            Dictionary<string, object?> tagged = tags.ToArray().ToDictionary();
            if (Equals(tagged["subnet"], name))
            {
                string series = instrument.Name + (tagged.TryGetValue("outcome", out object? outcome) ? $"/{tagged["scope"]}/{outcome}" : "");
                values.AddOrUpdate(series, value, (_, sum) => instrument is Counter<long> ? sum + value : value);
            }
        });
        listener.Start();
        ISubnetGrain subnet = cluster.Subnet(name);
        await subnet.Apply(new SubnetSpec([IpPrefix.Parse("10.60.0.0/29")], SubnetPurpose.Pod));
        ClaimRequest released = SmallClusterFixture.Claim("10.60.0.1");

        await subnet.Claim(released);
        await subnet.Claim(SmallClusterFixture.Claim("10.60.0.1"));
        await subnet.Claim(SmallClusterFixture.Claim());
        await subnet.Release([new ReleaseRequest(released.ClaimId, released.Requested!.Value, IpFamily.IPv4, Fence.None)]);
        await subnet.Sweep();
        listener.RecordObservableInstruments();

        Assert.Equal(1, values["cn2.subnet.claims/static/granted"]);
        Assert.Equal(1, values["cn2.subnet.claims/static/refused"]);
        Assert.Equal(1, values["cn2.subnet.claims/dynamic/granted"]);
        Assert.Equal((1, 0, 5), (values["cn2.subnet.allocated"], values["cn2.subnet.quarantined"], values["cn2.subnet.available"]));
    }
}
