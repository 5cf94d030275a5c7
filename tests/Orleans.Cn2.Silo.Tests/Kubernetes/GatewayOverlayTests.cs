using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Silo.Tests.Kubernetes;

/// <summary>The overlay with gateways says what is true of the program it starts.</summary>
public sealed class GatewayOverlayTests
{
    [Fact]
    public async Task Gateway_ArgumentsAndEnvironment_AreAccepted()
    {
        YamlNode container = (await OneAsync("Deployment", "cn2-gateway")).Container();
        Dictionary<string, string> variables = (await OneAsync("ConfigMap", "cn2-gateway")).Map("data").ToDictionary(pair => pair.Key, pair => pair.Value!);
        YamlNode secret = container.Items("env").Single(variable => variable.At("valueFrom/secretKeyRef") is not null);
        variables[secret.Text("name")!] = "Host=db;Username=cn2;Password=secret;Database=cn2";
        string[] arguments = [.. container.Items("args").Select(argument => ((YamlScalarNode)argument).Value!)];

        // One unknown flag on top keeps it from starting: it must be all that is wrong.
        (int status, string output, IReadOnlyCollection<string> errors) = await ProgramRun.RunAsync("dotnet", [Checkout.Gateway, .. arguments, "--stop-here", "1"], variables);

        Assert.True(status == 2, output);
        Assert.StartsWith("cn2-gateway: stop-here:", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_HasTheSilosStoreAndCluster()
    {
        Dictionary<string, string?> silo = (await OneAsync("ConfigMap", "cn2-silo")).Map("data");
        Dictionary<string, string?> gateway = (await OneAsync("ConfigMap", "cn2-gateway")).Map("data");
        Assert.Equal((silo["CN2_STORE"], silo["CN2_CLUSTER"]), (gateway["CN2_STORE"], gateway["CN2_CLUSTER"]));
        YamlNode[] secrets =
        [
            .. from workload in new[] { await OneAsync("StatefulSet", "cn2-silo"), await OneAsync("Deployment", "cn2-gateway") }
               from variable in workload.Container().Items("env")
               where variable.At("valueFrom/secretKeyRef") is not null
               select variable,
        ];
        Assert.Equal(2, secrets.Length);
        Assert.Single(secrets.Select(secret => (secret.Text("name"), secret.Text("valueFrom/secretKeyRef/name"), secret.Text("valueFrom/secretKeyRef/key"))).Distinct());
    }

    [Fact]
    public async Task Services_SelectTheGateway_AndWorkersConnectToOne()
    {
        YamlMappingNode gateway = await OneAsync("Deployment", "cn2-gateway");
        Dictionary<string, string?> labels = gateway.Map("spec/template/metadata/labels");
        string[] ports = [.. gateway.Container().Items("ports").Select(port => port.Text("name")!)];
        foreach (string name in (string[])["cn2-gateway", "cn2-gateway-headless"])
        {
            YamlMappingNode service = await OneAsync("Service", name);
            Assert.Empty(service.Map("spec/selector").Except(labels));
            Assert.Empty(service.Items("spec/ports").Select(port => port.Text("targetPort")!).Except(ports));
        }

        Assert.Empty((await OneAsync("PodDisruptionBudget", "cn2-gateway")).Map("spec/selector/matchLabels").Except(labels));
        Assert.Equal("http://cn2-gateway-headless.cn2-system.svc:7400", (await OneAsync("ConfigMap", "cn2-vrouter")).Map("data")["CN2_SILO"]);
    }

    private static async Task<YamlMappingNode> OneAsync(string kind, string name) =>
        (await Rendered.FolderAsync("overlays/gateway")).Single(item => item.Text("kind") == kind && item.Text("metadata/name") == name);
}
