using System.Collections.Concurrent;
using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Silo.Tests.Kubernetes;

/// <summary>What <c>kubectl kustomize</c> makes of the base and its overlays.</summary>
internal static class Rendered
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyList<YamlMappingNode>>>> Folders = new();

    public static Task<IReadOnlyList<YamlMappingNode>> BaseAsync() => FolderAsync("base");

    /// <summary>What a folder below k8s/ renders to.</summary>
    public static Task<IReadOnlyList<YamlMappingNode>> FolderAsync(string folder) =>
        Folders.GetOrAdd(folder, name => new Lazy<Task<IReadOnlyList<YamlMappingNode>>>(() => RenderAsync(name))).Value;

    public static async Task<YamlMappingNode> OneAsync(string kind, string name) =>
        (await BaseAsync()).Single(item => item.Text("kind") == kind && item.Text("metadata/name") == name);

    /// <summary>The node at a path of keys, or null.</summary>
    public static YamlNode? At(this YamlNode node, string path)
    {
        YamlNode? at = node;
        foreach (string key in path.Split('/'))
        {
            at = at is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) ? child : null;
        }

        return at;
    }

    public static string? Text(this YamlNode node, string path) => (node.At(path) as YamlScalarNode)?.Value;

    public static IEnumerable<YamlNode> Items(this YamlNode node, string path) => (node.At(path) as YamlSequenceNode)?.Children ?? [];

    public static Dictionary<string, string?> Map(this YamlNode node, string path) =>
        (node.At(path) as YamlMappingNode)?.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value) ?? [];

    /// <summary>The single container of a workload.</summary>
    public static YamlNode Container(this YamlNode workload) => Assert.Single(workload.Items("spec/template/spec/containers"));

    private static async Task<IReadOnlyList<YamlMappingNode>> RenderAsync(string folder)
    {
        (int status, string output, _) = await ProgramRun.RunAsync("kubectl", ["kustomize", Path.Combine(Checkout.Root, "k8s", folder)]);
        Assert.True(status == 0, output);
        YamlStream stream = [];
        stream.Load(new StringReader(output));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }
}
