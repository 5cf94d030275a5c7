using Orleans.Cn2.Forwarding.Health;

namespace Orleans.Cn2.Forwarding.Tests.Health;

public sealed class HealthBookTests
{
    private readonly List<HealthEvent> _told = [];
    private readonly HealthBook _book;

    public HealthBookTests() => _book = new HealthBook(_told.Add);

    [Fact]
    public void SetCondition_SameCauseAgain_IsToldOnce()
    {
        _book.SetCondition("attachment", "eth0 is not attached");
        _book.SetCondition("attachment", "eth0 is not attached");
        _book.SetCondition("attachment", "eth1 is not attached");
        _book.SetCondition("attachment", null);
        _book.SetCondition("attachment", null);

        Assert.Equal(
            [HealthEventKind.Faulted, HealthEventKind.Faulted, HealthEventKind.Recovered], _told.Select(happening => happening.Kind));
        Assert.Equal(2UL, Assert.Single(_book.Read()).Faults);
    }

    [Fact]
    public void Repair_OfAFaultyPart_CountsAndLeavesItFaulty()
    {
        _book.Fault("maps", "refused");
        _book.Repair("maps", "a pin was removed");

        PartHealth part = Assert.Single(_book.Read());
        Assert.Equal((true, 1UL, 1UL, "a pin was removed"), (part.IsFaulty, part.Faults, part.Repairs, part.Cause));
    }

    [Fact]
    public void Recover_OfAPartThatNeverFailed_TellsNothing()
    {
        _book.Recover("expiry");

        Assert.Empty(_told);
        Assert.Empty(_book.Read());
    }
}
