using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Core.Tests.Vmis;

public sealed class VmiConditionsTests
{
    [Theory]
    [InlineData(null, null, null, true, true, false)]
    [InlineData(true, null, null, true, true, false)]
    [InlineData(false, null, null, false, false, false)]
    [InlineData(false, true, null, false, true, false)]
    [InlineData(null, false, null, false, false, false)]
    [InlineData(true, false, null, false, false, false)]
    [InlineData(null, null, true, false, true, true)]
    [InlineData(true, true, true, false, true, true)]
    [InlineData(false, null, true, false, false, true)]
    [InlineData(null, null, false, true, true, false)]
    public void Conditions_SaidOrNot_Resolve(bool? ready, bool? serving, bool? terminating, bool isReady, bool isServing, bool isTerminating)
    {
        VmiConditions conditions = new(ready, serving, terminating);

        Assert.Equal((isReady, isServing, isTerminating), (conditions.IsReady, conditions.IsServing, conditions.IsTerminating));
    }
}
