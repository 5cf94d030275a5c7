using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Tests.Labels;

public sealed class LabelSyntaxTests
{
    private const string Name =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string Prefix =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
        + "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    public static TheoryData<string, string[]> BadKeys => new()
    {
        { "", ["name part must be non-empty", "name part " + Name] },
        { "-a", ["name part " + Name] },
        { "a\n", ["name part " + Name] },
        { new string('a', 64), ["name part must be no more than 63 characters"] },
        { "/a", ["prefix part must be non-empty"] },
        { "Example.com/a", ["prefix part " + Prefix] },
        { "a/b/c", ["a valid label key " + Name + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"] },
    };

    [Theory]
    [InlineData("a")]
    [InlineData("A.b_c-d")]
    [InlineData("example.com/a")]
    public void ValidateKey_WellFormed_HasNoViolation(string key) => Assert.Empty(LabelSyntax.ValidateKey(key, "key"));

    [Theory]
    [MemberData(nameof(BadKeys))]
    public void ValidateKey_Malformed_NamesEachRule(string key, string[] faults) =>
        Assert.Equal(faults, LabelSyntax.ValidateKey(key, "key").Select(violation => violation.Detail));

    [Theory]
    [InlineData("", true)]
    [InlineData("x", true)]
    [InlineData("a.b_c-D", true)]
    [InlineData("-x", false)]
    [InlineData("x y", false)]
    [InlineData("x\n", false)]
    public void ValidateValue_Value_IsJudged(string value, bool proper) =>
        Assert.Equal(proper, !LabelSyntax.ValidateValue(value, "value").Any());

    [Fact]
    public void ValidateValue_TooLong_SaysHowLongItMayBe() =>
        Assert.Equal(
            [$"value: Invalid value: \"{new string('a', 64)}\": must be no more than 63 characters"],
            LabelSyntax.ValidateValue(new string('a', 64), "value").Select(violation => violation.ToString()));

    [Fact]
    public void ValidateAnnotations_ManyBytes_AreTooLong() =>
        Assert.Equal(
            ["metadata.annotations: Too long: may not be more than 262144 bytes"],
            LabelSyntax.ValidateAnnotations(LabelSet.Of(("A", new string('x', LabelSyntax.AnnotationsLimit))), "metadata.annotations")
                .Select(violation => violation.ToString()));

    [Fact]
    public void Validate_SelectorSpec_NamesFieldValueRule()
    {
        LabelSelectorSpec spec = new(LabelSet.Of(("app", "x")),
        [
            new LabelExpressionSpec("a", "In", null),
            new LabelExpressionSpec("b", "Exists", ["x"]),
            new LabelExpressionSpec("c", "Like", null),
            new LabelExpressionSpec("d", "NotIn", ["x"]),
        ]);

        Assert.Equal(
            [
                "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
                "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                "spec.selector.matchExpressions[2].operator: Invalid value: \"Like\": not a valid selector operator",
            ],
            spec.Validate("spec.selector").Select(violation => violation.ToString()));
    }

    [Fact]
    public void ToSelector_LabelsAndExpressions_MustAllHold()
    {
        LabelSelector selector = new LabelSelectorSpec(
            LabelSet.Of(("app", "x")), [new LabelExpressionSpec("tier", "NotIn", ["db"])]).ToSelector();

        Assert.Equal("app=x,tier!=db", selector.ToString());
    }
}
