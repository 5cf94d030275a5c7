using CsCheck;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Tests.Labels;

public sealed class LabelSelectorPropertyTests
{
    private static readonly Gen<string> Key = Gen.OneOf("a", "app", "in", "notin", "example.com/tier");
    private static readonly Gen<string> Value = Gen.OneOf("", "x", "y", "in", "A-b_c.d");

    private static readonly Gen<LabelSet> Labels =
        Gen.Select(Key, Value).Array[0, 4].Select(pairs => new LabelSet(pairs.DistinctBy(pair => pair.Item1).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))));

    private static readonly Gen<LabelRequirement> Requirement = Gen.OneOf(
        Gen.Select(Key, Gen.OneOf(LabelOperator.In, LabelOperator.NotIn), Value.Array[1, 4], (key, op, values) => new LabelRequirement(key, op, values)),
        Gen.Select(Key, Gen.OneOf(LabelOperator.Exists, LabelOperator.DoesNotExist), (key, op) => new LabelRequirement(key, op)));

    private static readonly Gen<LabelSelector> Selector =
        Requirement.Array[0, 5].Select(requirements => new LabelSelector(requirements.ToValueList()));

    [Fact]
    public void TryParse_OwnText_YieldsAnEqualSelector() =>
        Selector.Sample(selector => LabelSelector.TryParse(selector.ToString(), out LabelSelector? read, out _) && read == selector);

    [Fact]
    public void TryParse_AnyText_AnswersSelectorOrFault() =>
        Gen.String[Gen.OneOf('a', 'i', 'n', '=', '!', '(', ')', ',', ' ', '-'), 0, 12].Sample(text =>
            LabelSelector.TryParse(text, out LabelSelector? selector, out string? fault)
                ? fault is null && LabelSelector.TryParse(selector.ToString(), out LabelSelector? again, out _) && again == selector
                : selector is null && fault!.Length > 0);

    [Fact]
    public void Matches_In_IsAnyOfTheEqualities() =>
        Gen.Select(Key, Value.Array[1, 4], Labels).Sample((key, values, labels) =>
            new LabelRequirement(key, LabelOperator.In, values).Matches(labels)
                == values.Any(value => LabelSelector.Of(LabelSet.Of((key, value))).Matches(labels)));

    [Fact]
    public void Matches_NegatedOperator_IsTheOpposite() =>
        Gen.Select(Key, Value.Array[1, 4], Labels).Sample((key, values, labels) =>
            new LabelRequirement(key, LabelOperator.In, values).Matches(labels)
                != new LabelRequirement(key, LabelOperator.NotIn, values).Matches(labels)
            && new LabelRequirement(key, LabelOperator.Exists).Matches(labels)
                != new LabelRequirement(key, LabelOperator.DoesNotExist).Matches(labels));

    [Fact]
    public void Matches_Selector_IsAllOfTheRequirements() =>
        Gen.Select(Selector, Labels).Sample((selector, labels) =>
            selector.Matches(labels) == selector.Requirements.All(requirement => requirement.Matches(labels)));

    [Fact]
    public void Matches_MatchLabels_IsSubset() =>
        Gen.Select(Labels, Labels).Sample((asked, labels) =>
            LabelSelector.Of(asked).Matches(labels)
                == asked.All(entry => labels.TryGetValue(entry.Key, out string? value) && value == entry.Value));
}
