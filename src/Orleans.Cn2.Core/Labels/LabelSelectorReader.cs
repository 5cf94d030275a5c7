using System.Buffers;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Labels;

/// <summary>
/// Reads the text form of a selector:
/// <code>
/// selector    = [ requirement { "," requirement } ]
/// requirement = "!" key | key [ ( "=" | "==" | "!=" ) [ value ] | ( "in" | "notin" ) "(" [ value ] { "," [ value ] } ")" ]
/// </code>
/// Blanks separate words and mean nothing else. Keys and values are checked for their syntax.
/// </summary>
internal sealed class LabelSelectorReader
{
    private const string End = "";

    private static readonly SearchValues<char> Symbols = SearchValues.Create("=!(),");

    private readonly List<string> _tokens;
    private int _next;

    public LabelSelectorReader(string text) => _tokens = [.. Tokens(text)];

    /// <summary>What is wrong with the text; set when <see cref="Read"/> answered <see langword="null"/>.</summary>
    public string? Fault { get; private set; }

    private string Peek => _next < _tokens.Count ? _tokens[_next] : End;

    /// <summary>The requirements in the order written; <see langword="null"/> when the text is not a selector.</summary>
    public ValueList<LabelRequirement>? Read()
    {
        List<LabelRequirement> requirements = [];
        if (Peek == End)
        {
            return [];
        }

        do
        {
            if (Requirement() is not { } requirement)
            {
                return null;
            }

            requirements.Add(requirement);
        }
        while (Take(","));

        return Peek == End ? requirements.ToValueList() : Expected<ValueList<LabelRequirement>>("',' or the end");
    }

    private LabelRequirement? Requirement()
    {
        bool absent = Take("!");
        if (!IsWord(Peek))
        {
            return Expected<LabelRequirement>("a label key");
        }

        string key = _tokens[_next++];
        if (absent || Peek is "," or End)
        {
            return Checked(new(key, absent ? LabelOperator.DoesNotExist : LabelOperator.Exists));
        }

        string comparison = _tokens[_next++];
        switch (comparison)
        {
            case "=" or "==":
                return Checked(new(key, LabelOperator.In, Value()));
            case "!=":
                return Checked(new(key, LabelOperator.NotIn, Value()));
            case "in" or "notin":
                return Values() is { } values
                    ? Checked(new(key, comparison == "in" ? LabelOperator.In : LabelOperator.NotIn, values))
                    : null;
            default:
                _next--;
                return Expected<LabelRequirement>("in, notin, =, ==, !=");
        }
    }

    private List<string>? Values()
    {
        if (!Take("("))
        {
            return Expected<List<string>>("'('");
        }

        List<string> values = [];
        do
        {
            values.Add(Value());
        }
        while (Take(","));

        return Take(")") ? values : Expected<List<string>>("',' or ')'");
    }

    /// <summary>A value; nothing where one may stand is the empty value.</summary>
    private string Value() => IsWord(Peek) ? _tokens[_next++] : "";

    private LabelRequirement? Checked(LabelRequirement requirement)
    {
        List<FieldViolation> violations = [.. LabelSyntax.ValidateKey(requirement.Key, "key")];
        for (int i = 0; i < requirement.Values.Count; i++)
        {
            violations.AddRange(LabelSyntax.ValidateValue(requirement.Values[i], $"values[{i}][{requirement.Key}]"));
        }

        if (violations.Count == 0)
        {
            return requirement;
        }

        Fault = InvalidMessage.Join(violations);
        return null;
    }

    private T? Expected<T>(string what)
        where T : class
    {
        Fault = $"unable to parse requirement: found '{Peek}', expected: {what}";
        return null;
    }

    private bool Take(string symbol)
    {
        if (Peek != symbol)
        {
            return false;
        }

        _next++;
        return true;
    }

    private static bool IsWord(string token) => token != End && !Symbols.Contains(token[0]);

    private static IEnumerable<string> Tokens(string text)
    {
        for (int i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            int start = i++;
            if (!Symbols.Contains(text[start]))
            {
                while (i < text.Length && !char.IsWhiteSpace(text[i]) && !Symbols.Contains(text[i]))
                {
                    i++;
                }
            }
            else if (text[start] is '=' or '!' && i < text.Length && text[i] == '=')
            {
                i++;
            }

            yield return text[start..i];
        }
    }
}
