using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Silo.Tests.Kubernetes;

/// <summary>The kustomize base says what is true of the programs it starts.</summary>
public sealed partial class BaseTests
{
    private static readonly Dictionary<string, string> ApiVersions = new()
    {
        ["Namespace"] = "v1",
        ["ServiceAccount"] = "v1",
        ["ConfigMap"] = "v1",
        ["Service"] = "v1",
        ["StatefulSet"] = "apps/v1",
        ["DaemonSet"] = "apps/v1",
    };

    public static TheoryData<string, string> Workloads => new() { { "StatefulSet", "cn2-silo" }, { "DaemonSet", "cn2-vrouter" } };

    [Fact]
    public async Task Objects_HaveTheirApiVersionAndNamespace() => Assert.All(await Rendered.BaseAsync(), item =>
    {
        string kind = item.Text("kind")!;
        Assert.True(ApiVersions.TryGetValue(kind, out string? version), $"{kind} has no row in this test");
        Assert.Equal(version, item.Text("apiVersion"));
        Assert.Equal(kind == "Namespace" ? null : "cn2-system", item.Text("metadata/namespace"));
    });

    [Theory]
    [MemberData(nameof(Workloads))]
    public async Task Workload_FlagsAndEnvironment_AreOptionsOfItsProgram(string kind, string name)
    {
        string help = await HelpAsync(name);
        HashSet<string> options = [.. Option().Matches(help).Select(match => match.Groups["name"].Value)];
        YamlMappingNode workload = await Rendered.OneAsync(kind, name);
        string[] flags = [.. workload.Container().Items("args").Select(argument => ((YamlScalarNode)argument).Value!).Where(text => text.StartsWith("--", StringComparison.Ordinal))];
        Assert.NotEmpty(flags);
        Assert.Empty(flags.Except(options.Select(option => "--" + option)));

        string map = Assert.Single(workload.Container().Items("envFrom")).Text("configMapRef/name")!;
        Dictionary<string, string?> variables = (await Rendered.OneAsync("ConfigMap", map)).Map("data");
        Assert.NotEmpty(variables);
        Assert.Empty(variables.Keys.Except(options.Select(option => "CN2_" + option.Replace('-', '_').ToUpperInvariant())));
        Assert.Empty(flags.Select(flag => "CN2_" + flag[2..].Replace('-', '_').ToUpperInvariant()).Intersect(variables.Keys));
    }

    [Fact]
    public async Task Silo_ArgumentsAndEnvironment_AreAccepted()
    {
        YamlMappingNode workload = await Rendered.OneAsync("StatefulSet", "cn2-silo");
        Dictionary<string, string?> variables = (await Rendered.OneAsync("ConfigMap", "cn2-silo")).Map("data");
        string[] arguments = [.. workload.Container().Items("args").Select(argument => ((YamlScalarNode)argument).Value!)];

        // One unknown flag on top keeps it from starting: it must be all that is wrong.
        (int status, string output, IReadOnlyCollection<string> errors) = await ProgramRun.RunAsync(
            "dotnet", [Checkout.Silo, .. arguments, "--stop-here", "1"], variables.ToDictionary(pair => pair.Key, pair => pair.Value!));
        Assert.True(status == 2, output);
        Assert.StartsWith("cn2-silo: stop-here:", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Workloads))]
    public async Task Workload_Selector_MatchesItsPodsAlone(string kind, string name)
    {
        YamlMappingNode workload = await Rendered.OneAsync(kind, name);
        Dictionary<string, string?> selector = workload.Map("spec/selector/matchLabels");
        Assert.NotEmpty(selector);
        YamlMappingNode[] matched = [.. (await Rendered.BaseAsync()).Where(item => selector.All(pair => item.Map("spec/template/metadata/labels").Contains(pair)))];
        Assert.Same(workload, Assert.Single(matched));
    }

    [Fact]
    public async Task Services_Selectors_MatchTheSilo_AndPortsExist()
    {
        YamlMappingNode silo = await Rendered.OneAsync("StatefulSet", "cn2-silo");
        string[] named = [.. silo.Container().Items("ports").Select(port => port.Text("name")!)];
        YamlMappingNode[] services = [.. (await Rendered.BaseAsync()).Where(item => item.Text("kind") == "Service")];
        Assert.Contains(services, service => service.Text("metadata/name") == silo.Text("spec/serviceName") && service.Text("spec/clusterIP") == "None");
        Assert.All(services, service =>
        {
            Assert.Empty(service.Map("spec/selector").Except(silo.Map("spec/template/metadata/labels")));
            Assert.Empty(service.Items("spec/ports").Select(port => port.Text("targetPort")!).Except(named));
        });
    }

    [Fact]
    public async Task SiloPorts_AreThoseItListensOn_AndProbesUseThem()
    {
        YamlNode silo = (await Rendered.OneAsync("StatefulSet", "cn2-silo")).Container();
        string[] arguments = [.. silo.Items("args").Select(argument => ((YamlScalarNode)argument).Value!)];
        Dictionary<string, string> ports = silo.Items("ports").ToDictionary(port => port.Text("name")!, port => port.Text("containerPort")!);
        Assert.All(ports, port => Assert.EndsWith(":" + port.Value, arguments[Array.IndexOf(arguments, "--" + port.Key) + 1], StringComparison.Ordinal));
        foreach (string probe in (string[])["startupProbe", "readinessProbe"])
        {
            Assert.Equal(("/healthz", "http"), (silo.Text($"{probe}/httpGet/path"), silo.Text($"{probe}/httpGet/port")));
        }

        Assert.Contains(silo.Text("livenessProbe/tcpSocket/port")!, ports.Keys);
    }

    [Fact]
    public async Task Worker_Silo_IsAServiceOfTheBase()
    {
        Uri silo = new((await Rendered.OneAsync("ConfigMap", "cn2-vrouter")).Map("data")["CN2_SILO"]!);
        string[] host = silo.Host.Split('.');
        YamlMappingNode service = await Rendered.OneAsync("Service", host[0]);
        Assert.Equal((service.Text("metadata/namespace"), "svc"), (host[1], host[2]));
        Assert.Contains(silo.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), service.Items("spec/ports").Select(port => port.Text("port")));
    }

    [Theory]
    [MemberData(nameof(Workloads))]
    public async Task Workload_Mounts_HaveVolumes_AndCoverItsDirectories(string kind, string name)
    {
        YamlMappingNode workload = await Rendered.OneAsync(kind, name);
        string[] volumes =
        [
            .. workload.Items("spec/template/spec/volumes").Select(volume => volume.Text("name")!),
            .. workload.Items("spec/volumeClaimTemplates").Select(claim => claim.Text("metadata/name")!),
        ];
        YamlNode container = workload.Container();
        Assert.Empty(container.Items("volumeMounts").Select(mount => mount.Text("name")!).Except(volumes));
        Assert.Empty(volumes.Except(container.Items("volumeMounts").Select(mount => mount.Text("name")!)));
        string[] arguments = [.. container.Items("args").Select(argument => ((YamlScalarNode)argument).Value!)];
        string[] mounted = [.. container.Items("volumeMounts").Select(mount => mount.Text("mountPath")!)];
        foreach (string flag in ((string[])["--data", "--state", "--pin-root"]).Intersect(arguments))
        {
            Assert.Contains(mounted, path => arguments[Array.IndexOf(arguments, flag) + 1].StartsWith(path, StringComparison.Ordinal));
        }

        YamlNode? account = await Rendered.OneAsync("ServiceAccount", workload.Text("spec/template/spec/serviceAccountName")!);
        Assert.Equal("false", account.Text("automountServiceAccountToken"));
    }

    private static async Task<string> HelpAsync(string name)
    {
        string program = name == "cn2-silo" ? Checkout.Silo : Checkout.Worker;
        (int status, string output, _) = await ProgramRun.RunAsync("dotnet", [program, "--help"]);
        Assert.True(status == 0, output);
        return output;
    }

    [GeneratedRegex(@"^\s+--(?<name>[a-z-]+) ", RegexOptions.Multiline)]
    private static partial Regex Option();
}
