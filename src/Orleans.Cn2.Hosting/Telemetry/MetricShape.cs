using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace Orleans.Cn2.Hosting.Telemetry;

/// <summary>
/// How our instruments are kept: bounds of durations, and how many series one may have. OpenTelemetry sums up what comes beyond 2,000 series of an instrument,
/// unless told otherwise, in one that has no labels: that is two nodes of 1,000 Services. Room that is not used takes no memory.
/// </summary>
internal static class MetricShape
{
    /// <summary>Series of an instrument that has one or some a node, of 5,000 nodes.</summary>
    public const int SeriesOfNodes = 50_000;

    /// <summary>Series of an instrument that has one a Service and node.</summary>
    public const int SeriesOfServices = 200_000;

    private static readonly double[] SubMillisecondBounds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>The shape of an instrument; null for others than ours, which stay as they are.</summary>
    public static MetricStreamConfiguration? Of(Instrument instrument)
    {
        if (!instrument.Meter.Name.StartsWith("Orleans.Cn2.", StringComparison.Ordinal))
        {
            return null;
        }

        bool ofNodes = instrument.Meter.Name == "Orleans.Cn2.VRouters";
        bool ofServices = instrument.Name.StartsWith("cn2.service.", StringComparison.Ordinal);
        int? series = ofServices ? SeriesOfServices : ofNodes ? SeriesOfNodes : null;
        return instrument.Unit == "s"
            ? new ExplicitBucketHistogramConfiguration { Boundaries = SubMillisecondBounds, CardinalityLimit = series }
            : new MetricStreamConfiguration { CardinalityLimit = series };
    }
}
