using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>Turns YamlDotNet's nodes into ours: merge keys applied, aliases copied, size and depth bounded.</summary>
internal sealed class YamlTree(string source, int document)
{
    // Aliases may point at their own ancestor or double at each level: both end here instead of in memory.
    private const int MaxDepth = 64;
    private const int MaxNodes = 200_000;

    private int _nodes;

    public ManifestNode Convert(YamlNode root) => Convert(root, "", 0);

    private ManifestNode Convert(YamlNode node, string path, int depth)
    {
        int line = (int)node.Start.Line;
        if (depth > MaxDepth)
        {
            throw Error(line, path, $"is nested deeper than {MaxDepth} levels");
        }

        if (++_nodes > MaxNodes)
        {
            throw Error(line, path, $"has more than {MaxNodes} values");
        }

        return node switch
        {
            YamlScalarNode scalar => ManifestNode.Scalar(path, line, scalar.Value ?? "", IsQuoted(scalar)),
            YamlSequenceNode sequence => ManifestNode.Sequence(path, line, [.. sequence.Children.Select(
                (child, i) => Convert(child, $"{path}[{i}]", depth + 1))]),
            YamlMappingNode mapping => ManifestNode.Mapping(path, line, Fields(mapping, path, depth)),
            _ => throw Error(line, path, "is an alias without an anchor"),
        };
    }

    private ImmutableArray<KeyValuePair<string, ManifestNode>> Fields(YamlMappingNode mapping, string path, int depth)
    {
        List<KeyValuePair<string, ManifestNode>> fields = [];
        List<KeyValuePair<string, ManifestNode>> merged = [];
        foreach ((YamlNode key, YamlNode value) in mapping.Children)
        {
            if (key is not YamlScalarNode { Value: { } name } scalar)
            {
                throw Error((int)key.Start.Line, path, "has a field whose name is no string");
            }

            if (name == "<<" && !IsQuoted(scalar))
            {
                merged.AddRange(Merge(value, path, depth));
            }
            else
            {
                fields.Add(new(name, Convert(value, path.Length == 0 ? name : $"{path}.{name}", depth + 1)));
            }
        }

        HashSet<string> own = [.. fields.Select(f => f.Key)];
        fields.AddRange(merged.Where(f => own.Add(f.Key)));
        return [.. fields];
    }

    private ImmutableArray<KeyValuePair<string, ManifestNode>> Merge(YamlNode value, string path, int depth) => value switch
    {
        YamlMappingNode one => Fields(one, path, depth + 1),
        YamlSequenceNode several => [.. several.Children.SelectMany(child => Merge(child, path, depth + 1))],
        _ => throw Error((int)value.Start.Line, path, "has a merge key << whose value is no object"),
    };

    private static bool IsQuoted(YamlScalarNode scalar) => scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any)
        || scalar.Tag is { IsEmpty: false } && scalar.Tag.Value == "tag:yaml.org,2002:str";

    private ManifestException Error(int line, string path, string rule) =>
        new([new(source, document, line, path, null, rule)]);
}
