using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Labels;

/// <summary>One condition on a label.</summary>
[GenerateSerializer, Immutable]
public sealed record LabelRequirement
{
    /// <summary>A condition; the order and repetition of <paramref name="values"/> make no difference.</summary>
    public LabelRequirement(string key, LabelOperator @operator, params IEnumerable<string> values)
    {
        Key = key;
        Operator = @operator;
        Values = values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToValueList();
    }

    /// <summary>The label's key.</summary>
    [Id(0)]
    public string Key { get; }

    /// <summary>How it is compared.</summary>
    [Id(1)]
    public LabelOperator Operator { get; }

    /// <summary>The values of In and NotIn, in ordinal order and each once; empty for the others.</summary>
    [Id(2)]
    public ValueList<string> Values { get; }

    /// <summary>True when the labels satisfy it. NotIn and DoesNotExist are also satisfied by an absent label.</summary>
    public bool Matches(LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        bool present = labels.TryGetValue(Key, out string? value);
        return Operator switch
        {
            LabelOperator.In => present && HasValue(value!),
            LabelOperator.NotIn => !present || !HasValue(value!),
            LabelOperator.Exists => present,
            LabelOperator.DoesNotExist => !present,
            _ => throw new InvalidOperationException($"{Operator} is not a label operator"),
        };
    }

    /// <summary>
    /// The form of list options: <c>key in (a,b)</c>, <c>key notin (a,b)</c>, <c>key</c>, <c>!key</c>; with one value
    /// <c>key=a</c>, <c>key!=a</c>.
    /// </summary>
    public override string ToString() => (Operator, Values.Count) switch
    {
        (LabelOperator.In, 1) => $"{Key}={Values[0]}",
        (LabelOperator.NotIn, 1) => $"{Key}!={Values[0]}",
        (LabelOperator.In, _) => $"{Key} in ({string.Join(',', Values)})",
        (LabelOperator.NotIn, _) => $"{Key} notin ({string.Join(',', Values)})",
        (LabelOperator.Exists, _) => Key,
        _ => $"!{Key}",
    };

    private bool HasValue(string value) => Values.AsSpan().BinarySearch(value, StringComparer.Ordinal) >= 0;
}
