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
    [InlineData(" app =  web ", true)]
    [InlineData("app=", false)]
    [InlineData("absent in (,x)", false)]
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
    [InlineData("app=web,", "unable to parse requirement: found '', expected: a label key")]
    [InlineData("app within (a)", "unable to parse requirement: found 'within', expected: in, notin, =, ==, !=")]
    [InlineData("a b=c", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=")]
    [InlineData("a===b", "unable to parse requirement: found '=', expected: ',' or the end")]
    [InlineData("!a=b", "unable to parse requirement: found '=', expected: ',' or the end")]
    [InlineData("a in x", "unable to parse requirement: found 'x', expected: '('")]
    [InlineData("a in (x", "unable to parse requirement: found '', expected: ',' or ')'")]
    [InlineData("a in (x y)", "unable to parse requirement: found 'y', expected: ',' or ')'")]
    [InlineData("app=-bad-", "values[0][app]: Invalid value: \"-bad-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")]
    public void TryParse_BadSelector_SaysWhatIsWrong(string text, string expected)
    {
        Assert.False(LabelSelector.TryParse(text, out _, out string? fault));
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void Of_LabelSet_RequiresEveryLabel()
    {
        Assert.True(LabelSelector.Of(LabelSet.Of(("app", "web"))).Matches(Web));
        Assert.False(LabelSelector.Of(LabelSet.Of(("app", "web"), ("tier", "back"))).Matches(Web));
    }
}
