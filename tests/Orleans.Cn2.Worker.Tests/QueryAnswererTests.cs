using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Worker.Control;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tests;

public sealed class QueryAnswererTests : IAsyncDisposable
{
    private readonly FaultyPlane _plane = new();

    [Theory]
    [InlineData(false, 9, null)]
    [InlineData(true, 2.5, 2.5)]
    [InlineData(true, 0, 0.0)]
    public void Answer_Flows_AsksForOpenOnesWhereThatIsMeant(bool openOnly, double silent, double? expected)
    {
        Proto.Answer answer = Answer(new Proto.FlowsRequest { Vmi = "10.1.0.5", OpenOnly = openOnly, SilentSeconds = silent });

        Assert.NotNull(answer.Flows);
        Assert.Equal(
            new FlowFilter(default, default, IpAddress.Parse("10.1.0.5"), expected is double seconds ? TimeSpan.FromSeconds(seconds) : null), Assert.Single(_plane.Asked));
    }

    [Theory]
    [InlineData(-1, "silent_seconds: -1, must be 0..86400")]
    [InlineData(double.NaN, "silent_seconds: NaN, must be 0..86400")]
    [InlineData(1e300, "silent_seconds: 1E+300, must be 0..86400")]
    public void Answer_SilenceThatIsNone_SaysSo(double silent, string expected) =>
        Assert.Equal(expected, Answer(new Proto.FlowsRequest { OpenOnly = true, SilentSeconds = silent }).Error);

    public ValueTask DisposeAsync() => _plane.DisposeAsync();

    private Proto.Answer Answer(Proto.FlowsRequest request) => QueryAnswerer.Answer(_plane, new Proto.Query { Id = 1, Flows = request });
}
