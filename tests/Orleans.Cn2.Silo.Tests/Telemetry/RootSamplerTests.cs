using System.Diagnostics;
using OpenTelemetry.Trace;
using Orleans.Cn2.Hosting.Telemetry;

namespace Orleans.Cn2.Silo.Tests.Telemetry;

public sealed class RootSamplerTests
{
    [Theory]
    [InlineData(ActivityKind.Server, SamplingDecision.RecordAndSample)]
    [InlineData(ActivityKind.Internal, SamplingDecision.RecordAndSample)]
    [InlineData(ActivityKind.Client, SamplingDecision.Drop)]
    public void ShouldSample_Root_IsKeptUnlessItIsAPoll(ActivityKind kind, SamplingDecision expected) => Assert.Equal(
        expected, new RootSampler().ShouldSample(new SamplingParameters(default, ActivityTraceId.CreateRandom(), "root", kind)).Decision);

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, SamplingDecision.RecordAndSample)]
    [InlineData(ActivityTraceFlags.None, SamplingDecision.Drop)]
    public void ShouldSample_CallWithinATrace_FollowsIt(ActivityTraceFlags parent, SamplingDecision expected)
    {
        ActivityContext context = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), parent);

        Assert.Equal(
            expected,
            new ParentBasedSampler(new RootSampler()).ShouldSample(new SamplingParameters(context, context.TraceId, "call", ActivityKind.Client)).Decision);
    }
}
