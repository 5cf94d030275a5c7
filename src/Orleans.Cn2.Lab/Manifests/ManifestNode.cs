using System.Collections.Immutable;
using System.Globalization;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>The form of a node.</summary>
public enum ManifestNodeKind
{
    /// <summary>Text, number, truth value or null: see <see cref="ManifestNode.Text"/> and <see cref="ManifestNode.Quoted"/>.</summary>
    Scalar,

    /// <summary>An ordered list.</summary>
    Sequence,

    /// <summary>Fields by name, in the order of the document.</summary>
    Mapping,
}

/// <summary>
/// A part of a manifest as it was written, of YAML or JSON alike, with its place for errors. Nothing is
/// interpreted: a plain scalar <c>80</c> and a quoted <c>"80"</c> differ in <see cref="Quoted"/> only.
/// </summary>
public sealed class ManifestNode
{
    private ManifestNode(ManifestNodeKind kind, string path, int line) => (Kind, Path, Line) = (kind, path, line);

    /// <summary>The form.</summary>
    public ManifestNodeKind Kind { get; }

    /// <summary>Where it stands: <c>spec.ports[0].port</c>; empty for the root.</summary>
    public string Path { get; }

    /// <summary>Line in the file, from 1.</summary>
    public int Line { get; }

    /// <summary>A scalar's text; empty for others.</summary>
    public string Text { get; private init; } = "";

    /// <summary>The scalar was quoted or a block: text, whatever it looks like.</summary>
    public bool Quoted { get; private init; }

    /// <summary>Elements of a sequence.</summary>
    public ImmutableArray<ManifestNode> Items { get; private init; } = [];

    /// <summary>Fields of a mapping, in order.</summary>
    public ImmutableArray<KeyValuePair<string, ManifestNode>> Fields { get; private init; } = [];

    /// <summary>The field, or null when this is no mapping or has no such field, or the field is null.</summary>
    public ManifestNode? this[string field]
    {
        get
        {
            foreach ((string name, ManifestNode value) in Fields)
            {
                if (name == field)
                {
                    return value.IsNull ? null : value;
                }
            }

            return null;
        }
    }

    /// <summary>A scalar that says null: empty, <c>~</c> or <c>null</c>, not quoted (YAML 1.2 core schema).</summary>
    public bool IsNull => Kind == ManifestNodeKind.Scalar && !Quoted && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>The scalar as a whole number; false when it is quoted or none.</summary>
    public bool TryInteger(out long value)
    {
        value = 0;
        return Kind == ManifestNodeKind.Scalar && !Quoted
            && long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The scalar as a truth value; false when it is quoted or none.</summary>
    public bool TryBoolean(out bool value)
    {
        value = !Quoted && Text is "true" or "True" or "TRUE";
        return Kind == ManifestNodeKind.Scalar && !Quoted && (value || Text is "false" or "False" or "FALSE");
    }

    /// <summary>True for a scalar that YAML reads as text: quoted, or plain and neither null, number nor truth value.</summary>
    public bool IsString => Kind == ManifestNodeKind.Scalar && (Quoted
        || !(IsNull || TryBoolean(out _) || double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)));

    internal static ManifestNode Scalar(string path, int line, string text, bool quoted) =>
        new(ManifestNodeKind.Scalar, path, line) { Text = text, Quoted = quoted };

    internal static ManifestNode Sequence(string path, int line, ImmutableArray<ManifestNode> items) =>
        new(ManifestNodeKind.Sequence, path, line) { Items = items };

    internal static ManifestNode Mapping(
        string path, int line, ImmutableArray<KeyValuePair<string, ManifestNode>> fields) =>
        new(ManifestNodeKind.Mapping, path, line) { Fields = fields };
}
