using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Tests.Labels;

public sealed class LabelSelectorTests
{
    private static readonly LabelSet Web = LabelSet.Of(("app", "web"), ("tier", "front"));

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web", true)]
    [InlineData("app=db", false)]
    [InlineData("app!=db", true)]
    [InlineData("absent!=db", true)]
    [InlineData("app in (db, web)", true)]
    [InlineData("app notin (db,web)", false)]
    [InlineData("absent notin (db)", true)]
    [InlineData("tier", true)]
    [InlineData("!tier", false)]
    [InlineData("!absent", true)]
    [InlineData("app=web,tier in (front,back),!absent", true)]
    [InlineData("app=web,tier=back", false)]
    public void Matches_Selector_AsKubectlReadsIt(string text, bool expected)
    {
        Assert.True(LabelSelector.TryParse(text, out LabelSelector? selector, out _));
        Assert.Equal(expected, selector.Matches(Web));
    }

    [Theory]
    [InlineData("app=web")]
    [InlineData("app!=web")]
    [InlineData("app in (a,b),tier,!x")]
    [InlineData("app notin (a,b)")]
    public void ToString_ParsedSelector_IsItsText(string text)
    {
        Assert.True(LabelSelector.TryParse(text, out LabelSelector? selector, out _));
        Assert.Equal(text, selector.ToString());
    }

    [Theory]
    [InlineData("app=web,")]
    [InlineData("app within (a)")]
    [InlineData("a b=c")]
    [InlineData("app=-bad-")]
    public void TryParse_BadSelector_SaysWhatIsWrong(string text)
    {
        Assert.False(LabelSelector.TryParse(text, out _, out string? fault));
        Assert.NotEmpty(fault);
    }

    [Fact]
    public void Of_LabelSet_RequiresEveryLabel()
    {
        Assert.True(LabelSelector.Of(LabelSet.Of(("app", "web"))).Matches(Web));
        Assert.False(LabelSelector.Of(LabelSet.Of(("app", "web"), ("tier", "back"))).Matches(Web));
    }
}
