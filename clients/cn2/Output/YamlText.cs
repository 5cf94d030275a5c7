using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Cli.Output;

/// <summary>JSON text as YAML: the same tree, strings quoted where YAML would read them otherwise.</summary>
internal static class YamlText
{
    /// <summary>One document, ending in a line break.</summary>
    public static string Of(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        using StringWriter writer = new();
        new YamlStream(new YamlDocument(Convert(document.RootElement))).Save(writer, assignAnchors: false);
        string text = writer.ToString();
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text.Replace("...\r\n", "", StringComparison.Ordinal);
    }

    private static YamlNode Convert(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new YamlMappingNode(element.EnumerateObject().Select(
            property => KeyValuePair.Create<YamlNode, YamlNode>(new YamlScalarNode(property.Name), Convert(property.Value)))),
        JsonValueKind.Array => new YamlSequenceNode(element.EnumerateArray().Select(Convert)),
        JsonValueKind.String => Text(element.GetString()!),
        _ => new YamlScalarNode(element.GetRawText()),
    };

    private static YamlScalarNode Text(string text) => new(text)
    {
        Style = NeedsQuotes(text) ? ScalarStyle.DoubleQuoted : ScalarStyle.Any,
    };

    private static bool NeedsQuotes(string text) =>
        text.Length == 0 || text is "null" or "~" or "true" or "false" or "yes" or "no" || double.TryParse(text, out _);
}
