using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>Reads typed fields of one document and collects every error instead of stopping at the first.</summary>
internal sealed class FieldReader(ManifestDocument document, List<ManifestError> errors)
{
    public ManifestNode Root => document.Root;

    public void Error(ManifestNode at, string rule) => errors.Add(document.Error(at, rule));

    public string? RequiredText(ManifestNode owner, string field)
    {
        if (owner[field] is null or { Kind: ManifestNodeKind.Scalar, Text: "" })
        {
            errors.Add(document.Error(owner, Join(owner.Path, field), "Required value") with { Value = null });
            return null;
        }

        return Text(owner, field);
    }

    public string? Text(ManifestNode? owner, string field)
    {
        ManifestNode? node = owner?[field];
        if (node is null || node.IsString)
        {
            return node?.Text;
        }

        Error(node, "must be a string");
        return null;
    }

    public long Integer(ManifestNode? owner, string field, long low, long high, long otherwise)
    {
        ManifestNode? node = owner?[field];
        if (node is null)
        {
            return otherwise;
        }

        if (!node.TryInteger(out long value))
        {
            Error(node, "must be an integer");
            return otherwise;
        }

        if (value < low || value > high)
        {
            Error(node, high == int.MaxValue
                ? $"must be greater than or equal to {low}" : $"must be between {low} and {high}, inclusive");
            return otherwise;
        }

        return value;
    }

    public bool Boolean(ManifestNode? owner, string field)
    {
        ManifestNode? node = owner?[field];
        if (node is null || node.TryBoolean(out bool value))
        {
            return node is not null && node.Text[0] is 't' or 'T';
        }

        Error(node, "must be true or false");
        return false;
    }

    public ManifestNode? Object(ManifestNode? owner, string field) => Of(owner?[field], ManifestNodeKind.Mapping, "must be an object");

    public ManifestNode? RequiredObject(ManifestNode owner, string field)
    {
        if (owner[field] is null)
        {
            errors.Add(document.Error(owner, Join(owner.Path, field), "Required value") with { Value = null });
        }

        return Object(owner, field);
    }

    /// <summary>Elements of a list of objects; an element that is none is an error and left out.</summary>
    public ImmutableArray<ManifestNode> Objects(ManifestNode? owner, string field) =>
        Of(owner?[field], ManifestNodeKind.Sequence, "must be a list") is { } list
            ? [.. list.Items.Where(item => Of(item, ManifestNodeKind.Mapping, "must be an object") is not null)]
            : [];

    public ImmutableSortedDictionary<string, string> Texts(ManifestNode? owner, string field)
    {
        var texts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach ((string key, ManifestNode value) in Object(owner, field)?.Fields ?? [])
        {
            if (value.IsString)
            {
                texts[key] = value.Text;
            }
            else if (!value.IsNull)
            {
                Error(value, "must be a string");
            }
        }

        return texts.ToImmutable();
    }

    private ManifestNode? Of(ManifestNode? node, ManifestNodeKind kind, string rule)
    {
        if (node is null || node.Kind == kind)
        {
            return node;
        }

        Error(node, rule);
        return null;
    }

    private static string Join(string path, string field) => path.Length == 0 ? field : $"{path}.{field}";
}
