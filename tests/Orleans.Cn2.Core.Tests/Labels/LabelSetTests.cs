using CsCheck;
using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Tests.Labels;

/// <summary>The set against a sorted dictionary.</summary>
public sealed class LabelSetTests
{
    private static readonly Gen<string> Texts = Gen.String[Gen.Char["aB-é"], 0, 3];

    [Fact]
    public void Set_OfAnyEntries_AnswersAsADictionaryDoes() => Gen.Select(Gen.Dictionary(Texts, Texts)[0, 8], Texts, Texts).Sample((entries, key, value) =>
    {
        SortedDictionary<string, string> model = new(entries, StringComparer.Ordinal);
        LabelSet set = new(entries);
        Assert.Equal(model, set);
        Assert.Equal(model.Keys, set.Keys);
        Assert.Equal(model.Count, set.Count);
        Assert.Equal(model.ContainsKey(key), set.ContainsKey(key));
        Assert.Equal(model.GetValueOrDefault(key), set.TryGetValue(key, out string? found) ? found : null);
        Assert.Equal(set, new LabelSet(entries.Reverse()));
        Assert.Equal(set.GetHashCode(), new LabelSet(entries.Reverse()).GetHashCode());

        SortedDictionary<string, string> changed = new(model, StringComparer.Ordinal) { [key] = value };
        Assert.Equal(changed, set.With(key, value));
        changed.Remove(key);
        Assert.Equal(changed, set.With(key, value).Without(key));
        Assert.Equal(set, set.Sharing(text => text));
    });

    [Fact]
    public void Set_KeyTwice_TakesEqualValuesAlone()
    {
        Assert.Equal(LabelSet.Of(("app", "web")), LabelSet.Of(("app", "web"), ("app", "web")));

        ArgumentException refused = Assert.Throws<ArgumentException>(() => LabelSet.Of(("app", "web"), ("app", "db")));
        Assert.Contains("the key \"app\" occurs with the values \"web\" and \"db\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_OfAnotherKey_NamesTheKey() =>
        Assert.Contains("\"tier\"", Assert.Throws<KeyNotFoundException>(() => LabelSet.Of(("app", "web"))["tier"]).Message, StringComparison.Ordinal);
}
