using Orleans.Cn2.Lab.Manifests;

namespace Orleans.Cn2.Cli.Check;

/// <summary>The client pods: a DaemonSet of this program.</summary>
internal static class ClientPods
{
    /// <summary>Name of the DaemonSet.</summary>
    public const string Name = "cn2-client";

    /// <summary>The manifests together with the client pods.</summary>
    public static ManifestSet With(ManifestSet manifests)
    {
        using Stream stream = typeof(ClientPods).Assembly.GetManifestResourceStream("client-pods.yaml")
            ?? throw new InvalidOperationException("the resource client-pods.yaml is missing");
        using StreamReader reader = new(stream);
        ManifestSet clients = ManifestSet.From(ManifestReader.Read(reader.ReadToEnd(), "client-pods.yaml"));
        return manifests with { Workloads = [.. manifests.Workloads, .. clients.Workloads] };
    }
}
