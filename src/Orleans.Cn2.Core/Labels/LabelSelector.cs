using System.Diagnostics.CodeAnalysis;
using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Labels;

/// <summary>A set-based label selector: all requirements must hold; without any it selects everything.</summary>
/// <param name="Requirements">The requirements; their order makes no difference to what is selected.</param>
[GenerateSerializer, Immutable]
public sealed record LabelSelector([property: Id(0)] ValueList<LabelRequirement> Requirements)
{
    /// <summary>Selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);

    /// <summary>True when every requirement holds.</summary>
    public bool Matches(LabelSet labels)
    {
        foreach (LabelRequirement requirement in Requirements)
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The selector of a <c>matchLabels</c> map or of a Service's <c>spec.selector</c>: every label has its value.
    /// A Service whose selector is empty selects nothing; that is for the caller to know.
    /// </summary>
    public static LabelSelector Of(LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return new(labels.Select(label => new LabelRequirement(label.Key, LabelOperator.In, label.Value)).ToValueList());
    }

    /// <summary>Parses the form of list options, as <c>kubectl -l</c> takes it: <c>a=b,c!=d,e in (x,y),f,!g</c>.</summary>
    /// <param name="text">The selector; empty or blank selects everything.</param>
    /// <param name="selector">The selector, when it can be read.</param>
    /// <param name="fault">What is wrong, when it can't.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out LabelSelector? selector, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        LabelSelectorReader reader = new(text);
        (selector, fault) = reader.Read() is { } requirements
            ? (new LabelSelector(requirements), null)
            : ((LabelSelector?)null, reader.Fault);
        return selector is not null;
    }

    /// <summary>The form of list options; parsing it yields an equal selector.</summary>
    public override string ToString() => string.Join(',', Requirements);
}
