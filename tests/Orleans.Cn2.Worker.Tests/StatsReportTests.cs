using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Worker.Control;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tests;

public sealed class StatsReportTests : IAsyncDisposable
{
    private readonly FaultyPlane _plane = new();
    private readonly HealthBook _health = new();

    [Fact]
    public void Next_PlaneFails_SendsTheLastCountersAndTheFault()
    {
        StatsReport report = new(_plane, _health, "node1");
        Proto.Stats good = report.Next();
        Assert.Empty(good.Health);
        Assert.NotEqual(0, good.FlowsCapacity);

        _plane.Fails = true;
        Proto.Stats bad = report.Next();

        Proto.PartHealth fault = Assert.Single(bad.Health);
        Assert.Equal(("counters", true, "injected", 1UL), (fault.Part, fault.Faulty, fault.Cause, fault.Faults));
        Assert.Equal(good.FlowsCapacity, bad.FlowsCapacity);

        _plane.Fails = false;
        Assert.False(Assert.Single(report.Next().Health).Faulty);
    }

    [Fact]
    public void Next_OthersFailAndRepair_IsInTheReport()
    {
        _health.Repair("attachment", "the link was detached");
        _health.Fault("expiry", "no memory");

        Proto.Stats stats = new StatsReport(_plane, _health, "node1").Next();

        Assert.Equal([("attachment", false, 1UL), ("expiry", true, 0UL)], stats.Health.Select(part => (part.Part, part.Faulty, part.Repairs)));
        Assert.Equal("fast", stats.Mode);
    }

    public ValueTask DisposeAsync() => _plane.DisposeAsync();
}
