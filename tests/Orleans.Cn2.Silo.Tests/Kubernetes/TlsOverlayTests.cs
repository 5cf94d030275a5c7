using Orleans.Cn2.Testing.Certificates;
using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Silo.Tests.Kubernetes;

/// <summary>The overlay with TLS, held against the programs.</summary>
public sealed class TlsOverlayTests
{
    private const string Mount = "/etc/cn2/tls";

    [Theory]
    [InlineData("StatefulSet", "cn2-silo", "CN2_API_CERT", "CN2_API_KEY", "CN2_API_CLIENT_CA")]
    [InlineData("DaemonSet", "cn2-vrouter", "CN2_TLS_CERT", "CN2_TLS_KEY", "CN2_TLS_CA")]
    public async Task Workload_Files_LieInItsMount(string kind, string name, string certificate, string key, string authority)
    {
        IReadOnlyList<YamlMappingNode> objects = await Rendered.FolderAsync("overlays/tls");
        Dictionary<string, string?> options = One(objects, "ConfigMap", name).Map("data");
        Assert.Equal([$"{Mount}/tls.crt", $"{Mount}/tls.key", $"{Mount}/ca.crt"], [options[certificate]!, options[key]!, options[authority]!]);
        YamlMappingNode workload = One(objects, kind, name);
        YamlNode mount = Assert.Single(workload.Container().Items("volumeMounts"), mount => mount.Text("mountPath") == Mount);

        // Files below a subPath never change.
        Assert.Null(mount.Text("subPath"));
        Assert.Contains(mount.Text("name"), workload.Items("spec/template/spec/volumes").Select(volume => volume.Text("name")));
    }

    [Fact]
    public async Task Silo_ArgumentsAndEnvironment_AreAccepted_WithoutInsecure()
    {
        IReadOnlyList<YamlMappingNode> objects = await Rendered.FolderAsync("overlays/tls");
        using ScratchFolder scratch = new();
        using TestAuthority authority = new("authority");
        string silo = authority.Silo("cn2-silo-0");
        foreach ((string file, string text) in new[] { ("tls.crt", silo), ("tls.key", silo), ("ca.crt", authority.Pem) })
        {
            await File.WriteAllTextAsync(scratch.Of(file), text, TestContext.Current.CancellationToken);
        }

        Dictionary<string, string> options = One(objects, "ConfigMap", "cn2-silo").Map("data")
            .ToDictionary(pair => pair.Key, pair => pair.Value!.Replace(Mount, scratch.Path, StringComparison.Ordinal));
        Assert.DoesNotContain("CN2_INSECURE", options.Keys);
        string[] arguments = [.. One(objects, "StatefulSet", "cn2-silo").Container().Items("args").Select(argument => ((YamlScalarNode)argument).Value!)];

        // One unknown flag on top keeps it from starting: it must be all that is wrong.
        (int status, string output, IReadOnlyCollection<string> errors) = await ProgramRun.RunAsync("dotnet", [Checkout.Silo, .. arguments, "--stop-here", "1"], options);
        Assert.True(status == 2, output);
        Assert.StartsWith("cn2-silo: stop-here:", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probes_AskByHttps_AndWorkersConnectByHttps()
    {
        IReadOnlyList<YamlMappingNode> objects = await Rendered.FolderAsync("overlays/tls");
        YamlNode silo = One(objects, "StatefulSet", "cn2-silo").Container();
        Assert.Equal(("HTTPS", "HTTPS"), (silo.Text("startupProbe/httpGet/scheme"), silo.Text("readinessProbe/httpGet/scheme")));
        Assert.StartsWith("https://", One(objects, "ConfigMap", "cn2-vrouter").Map("data")["CN2_SILO"], StringComparison.Ordinal);
    }

    private static YamlMappingNode One(IEnumerable<YamlMappingNode> objects, string kind, string name) =>
        objects.Single(item => item.Text("kind") == kind && item.Text("metadata/name") == name);
}
