using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Backup;

/// <summary>
/// The intent of a cluster in one file: JSON, with the objects as the API writes them. What the control plane makes of it (tables, versions, quarantine) is not
/// in it.
/// </summary>
internal sealed record ClusterBackup(
    ImmutableArray<Subnet> Subnets, ImmutableArray<Node> Nodes, ImmutableArray<Vmi> Vmis, ImmutableArray<Service> Services)
{
    private const string Format = "cn2.backup";
    private const int Version = 1;
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

    // A later release's field is an error: dropping it in silence would lose intent.
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    /// <summary>How many objects there are.</summary>
    public int Count => Subnets.Length + Nodes.Length + Vmis.Length + Services.Length;

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="FormatException">It is no such file, of a later version, or an object in it can't be read.</exception>
    public static ClusterBackup Parse(string text)
    {
        JsonNode? file;
        try
        {
            file = JsonNode.Parse(text);
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"no JSON: {malformed.Message}", malformed);
        }

        if (file is not JsonObject root || (string?)root["format"] != Format)
        {
            throw new FormatException($"not a file of cn2 admin export: format must be \"{Format}\"");
        }

        int version = (int?)root["version"] ?? 0;
        if (version != Version)
        {
            throw new FormatException($"version {version} is not known to this release, which reads {Version}");
        }

        return new ClusterBackup(
            Objects<Subnet>(root, "subnets"), Objects<Node>(root, "nodes"), Objects<Vmi>(root, "vmis"), Objects<Service>(root, "services"));
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => new JsonObject
    {
        ["format"] = Format,
        ["version"] = Version,
        ["subnets"] = Json(Subnets),
        ["nodes"] = Json(Nodes),
        ["vmis"] = Json(Vmis),
        ["services"] = Json(Services),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    private static JsonArray Json<T>(ImmutableArray<T> objects)
        where T : IMessage => [.. objects.Select(each => JsonNode.Parse(Formatter.Format(each)))];

    private static ImmutableArray<T> Objects<T>(JsonObject root, string name)
        where T : IMessage, new()
    {
        if (root[name] is not JsonArray array)
        {
            throw new FormatException($"{name}: missing");
        }

        return [.. array.Select((node, index) => Read<T>(node, $"{name}[{index}]"))];
    }

    private static T Read<T>(JsonNode? node, string path)
        where T : IMessage, new()
    {
        try
        {
            return Parser.Parse<T>(node?.ToJsonString() ?? "null");
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new FormatException($"{path}: {malformed.Message}", malformed);
        }
    }
}
