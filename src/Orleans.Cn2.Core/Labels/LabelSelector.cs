using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Cn2.Core.Labels;

/// <summary>Operators of a label requirement, named as in <c>matchExpressions[].operator</c>.</summary>
public enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// <summary>One condition on a label.</summary>
/// <param name="Key">The label.</param>
/// <param name="Operator">How it is compared.</param>
/// <param name="Values">The values of In and NotIn, sorted; empty for the others.</param>
public sealed record LabelRequirement(string Key, LabelOperator Operator, ImmutableSortedSet<string> Values)
{
    /// <summary>True when the labels satisfy it. NotIn and DoesNotExist are also satisfied by an absent label.</summary>
    public bool Matches(LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        bool present = labels.TryGetValue(Key, out string? value);
        return Operator switch
        {
            LabelOperator.In => present && Values.Contains(value!),
            LabelOperator.NotIn => !present || !Values.Contains(value!),
            LabelOperator.Exists => present,
            _ => !present,
        };
    }

    /// <summary>The form of list options: <c>key in (a,b)</c>, <c>key notin (a,b)</c>, <c>key</c>, <c>!key</c>; one value as <c>key=a</c>, <c>key!=a</c>.</summary>
    public override string ToString() => (Operator, Values.Count) switch
    {
        (LabelOperator.In, 1) => $"{Key}={Values[0]}",
        (LabelOperator.NotIn, 1) => $"{Key}!={Values[0]}",
        (LabelOperator.In, _) => $"{Key} in ({string.Join(',', Values)})",
        (LabelOperator.NotIn, _) => $"{Key} notin ({string.Join(',', Values)})",
        (LabelOperator.Exists, _) => Key,
        _ => $"!{Key}",
    };
}

/// <summary>A set-based label selector: all requirements must hold; without any it selects everything.</summary>
public sealed record LabelSelector(ImmutableArray<LabelRequirement> Requirements)
{
    /// <summary>Selects everything.</summary>
    public static LabelSelector Everything { get; } = new(ImmutableArray<LabelRequirement>.Empty);

    /// <summary>True when every requirement holds.</summary>
    public bool Matches(LabelSet labels) => Requirements.All(requirement => requirement.Matches(labels));

    /// <summary>The selector of a <c>matchLabels</c> map: every label has its value.</summary>
    public static LabelSelector Of(LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return new([.. labels.Select(label => new LabelRequirement(label.Key, LabelOperator.In, [label.Value]))]);
    }

    /// <summary>Parses the form of list options, as <c>kubectl -l</c> takes it: <c>a=b,c!=d,e in (x,y),f,!g</c>.</summary>
    /// <param name="text">The selector; empty selects everything.</param>
    /// <param name="selector">The selector, when it can be read.</param>
    /// <param name="fault">What is wrong, when it can't.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out LabelSelector? selector, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<LabelRequirement> requirements = [];
        selector = null;
        foreach (string term in Terms(text))
        {
            if (Parse(term, out string? broken) is not { } requirement)
            {
                fault = broken ?? "";
                return false;
            }

            requirements.Add(requirement);
        }

        selector = new LabelSelector([.. requirements]);
        fault = null;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', Requirements);

    // Commas within parentheses belong to the term.
    private static IEnumerable<string> Terms(string text)
    {
        int depth = 0;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }

        if (text.Length > 0)
        {
            yield return text[start..].Trim();
        }
    }

    private static LabelRequirement? Parse(string term, out string? fault)
    {
        if (term.EndsWith(')') && term.IndexOf('(', StringComparison.Ordinal) is > 0 and int open)
        {
            return term[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string key, "in" or "notin"]
                ? Make(key, term[..open].TrimEnd().EndsWith("notin", StringComparison.Ordinal) ? LabelOperator.NotIn : LabelOperator.In, term[(open + 1)..^1].Split(','), out fault)
                : Fail($"'{term}' must be of the form key in (a,b) or key notin (a,b)", out fault);
        }

        int equals = term.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return term.StartsWith('!')
                ? Make(term[1..], LabelOperator.DoesNotExist, [], out fault)
                : Make(term, LabelOperator.Exists, [], out fault);
        }

        bool negated = equals > 0 && term[equals - 1] == '!';
        return Make(term[..(negated ? equals - 1 : equals)], negated ? LabelOperator.NotIn : LabelOperator.In, [term[(equals + 1)..].TrimStart('=')], out fault);
    }

    private static LabelRequirement? Make(string key, LabelOperator op, string[] values, out string? fault)
    {
        key = key.Trim();
        string[] trimmed = [.. values.Select(value => value.Trim())];
        fault = LabelSyntax.ValidateKey(key, "key").Concat(trimmed.SelectMany(value => LabelSyntax.ValidateValue(value, "value")))
            .Select(violation => violation.ToString()).FirstOrDefault();
        return fault is null ? new LabelRequirement(key, op, [.. trimmed]) : null;
    }

    private static LabelRequirement? Fail(string cause, out string? fault)
    {
        fault = cause;
        return null;
    }
}
