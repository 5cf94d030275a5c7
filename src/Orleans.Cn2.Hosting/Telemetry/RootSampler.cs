using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Orleans.Cn2.Hosting.Telemetry;

/// <summary>
/// Which traces begin: those of requests and of the grains' own steps. A call between grains that nothing caused is one of the loops' polls, of which
/// there are many a second.
/// </summary>
internal sealed class RootSampler : Sampler
{
    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
