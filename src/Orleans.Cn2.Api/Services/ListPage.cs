using System.Text;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Services;

/// <summary>Which objects of a list, sorted by namespace and name, make one page.</summary>
internal sealed record ListPage(string Namespace, LabelSelector Selector, int Size, NamespacedName? After)
{
    private const int DefaultSize = 500;

    /// <exception cref="FieldException">The selector or the token can't be read.</exception>
    public static ListPage Of(Proto.ListOptions? options)
    {
        options ??= new Proto.ListOptions();
        if (!LabelSelector.TryParse(options.LabelSelector, out LabelSelector? selector, out string? fault))
        {
            throw new FieldException("options.label_selector", $"Invalid value: \"{options.LabelSelector}\": {fault}");
        }

        return new ListPage(options.Namespace, selector, options.PageSize > 0 ? options.PageSize : DefaultSize, Position(options.PageToken));
    }

    /// <summary>The token of the page behind this object.</summary>
    public static string TokenAfter(Proto.ObjectMeta last) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(new NamespacedName(last.Namespace, last.Name).ToString()));

    /// <summary>True for a name of the namespace behind the previous page.</summary>
    public bool Includes(NamespacedName name) => (Namespace.Length == 0 || name.Namespace == Namespace) && (After is null || Compare(name, After.Value) > 0);

    /// <summary>The same, and true for an empty name where any name of its namespace may be included.</summary>
    public bool MayInclude(NamespacedName name) => name.Name.Length == 0 ? Namespace.Length == 0 || name.Namespace == Namespace : Includes(name);

    /// <summary>True when the labels match the selector.</summary>
    public bool Matches(LabelSet labels) => Selector.Matches(labels);

    private static int Compare(NamespacedName left, NamespacedName right)
    {
        int byNamespace = string.CompareOrdinal(left.Namespace, right.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(left.Name, right.Name);
    }

    private static NamespacedName? Position(string token)
    {
        if (token.Length == 0)
        {
            return null;
        }

        try
        {
            return NamespacedName.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(token)));
        }
        catch (FormatException)
        {
            throw new FieldException("options.page_token", $"Invalid value: \"{token}\": must be the next_page_token of an answer");
        }
    }
}
