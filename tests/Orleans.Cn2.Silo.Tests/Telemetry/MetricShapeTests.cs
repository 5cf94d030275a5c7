using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Orleans.Cn2.Hosting.Telemetry;

namespace Orleans.Cn2.Silo.Tests.Telemetry;

public sealed class MetricShapeTests
{
    private static readonly string Meter = $"Orleans.Cn2.{nameof(MetricShapeTests)}.{Guid.NewGuid()}";

    /// <summary>Three nodes that name 1,000 Services each: more than OpenTelemetry keeps apart unless told so.</summary>
    [Fact]
    public void Services_OfSeveralNodes_EachHaveASeriesOfTheirOwn()
    {
        using Meter meter = new(Meter);
        List<Metric> exported = [];
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(Meter).AddView(MetricShape.Of).AddInMemoryExporter(exported).Build();
        Counter<long> packets = meter.CreateCounter<long>("cn2.service.packets", "{packet}");
        for (int series = 0; series < 3_000; series++)
        {
            packets.Add(1, new("node", $"node-{series / 1_000}"), new KeyValuePair<string, object?>("service", $"default/web-{series % 1_000}"));
        }

        provider.ForceFlush();
        List<long> counts = [];
        foreach (ref readonly MetricPoint point in Assert.Single(exported).GetMetricPoints())
        {
            counts.Add(point.GetSumLong());
        }

        Assert.Equal(Enumerable.Repeat(1L, 3_000), counts);
    }

    [Theory]
    [InlineData("Orleans.Cn2.VRouters", "cn2.vrouter.drops", "{packet}", MetricShape.SeriesOfNodes)]
    [InlineData("Orleans.Cn2.VRouters", "cn2.network.programming.duration", "s", MetricShape.SeriesOfNodes)]
    [InlineData("Orleans.Cn2.VRouters", "cn2.service.flows", "{flow}", MetricShape.SeriesOfServices)]
    [InlineData("Orleans.Cn2.Catalog", "cn2.catalog.publications", "{publication}", null)]
    public void Of_OurInstrument_HasRoomForItsLabels(string of, string name, string unit, int? series)
    {
        using Meter meter = new(of);
        Assert.Equal(series, MetricShape.Of(meter.CreateCounter<long>(name, unit))?.CardinalityLimit);
    }

    [Fact]
    public void Of_InstrumentOfAnother_IsLeftAsItIs()
    {
        using Meter meter = new("Microsoft.Orleans");
        Assert.Null(MetricShape.Of(meter.CreateCounter<long>("requests", "s")));
    }
}
