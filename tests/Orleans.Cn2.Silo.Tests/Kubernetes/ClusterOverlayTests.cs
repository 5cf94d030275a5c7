using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Silo.Tests.Kubernetes;

/// <summary>The overlay for several silos says what is true of the program it starts.</summary>
public sealed class ClusterOverlayTests
{
    private static async Task<YamlMappingNode> OneAsync(string kind) =>
        (await Rendered.FolderAsync("overlays/cluster")).Single(item => item.Text("kind") == kind && item.Text("metadata/name") == "cn2-silo");

    [Fact]
    public async Task Silo_ArgumentsAndEnvironment_AreAccepted()
    {
        YamlNode container = (await OneAsync("StatefulSet")).Container();
        Dictionary<string, string> variables = (await OneAsync("ConfigMap")).Map("data").ToDictionary(pair => pair.Key, pair => pair.Value!);
        YamlNode secret = container.Items("env").Single(variable => variable.At("valueFrom/secretKeyRef") is not null);
        variables[secret.Text("name")!] = "Host=db;Username=cn2;Password=secret;Database=cn2";
        string[] arguments =
        [
            .. container.Items("args").Select(argument => ((YamlScalarNode)argument).Value!.Replace("$(POD_IP)", "192.0.2.7", StringComparison.Ordinal)),
        ];

        // One unknown flag on top keeps it from starting: it must be all that is wrong.
        (int status, string output, IReadOnlyCollection<string> errors) = await ProgramRun.RunAsync("dotnet", [Checkout.Silo, .. arguments, "--stop-here", "1"], variables);

        Assert.True(status == 2, output);
        Assert.StartsWith("cn2-silo: stop-here:", Assert.Single(errors), StringComparison.Ordinal);
        Assert.Equal("postgres", variables["CN2_STORE"]);
    }

    [Fact]
    public async Task Silo_IsSeveral_WithoutFilesOfItsOwn()
    {
        YamlMappingNode silo = await OneAsync("StatefulSet");
        Assert.True(int.Parse(silo.Text("spec/replicas")!, System.Globalization.CultureInfo.InvariantCulture) >= 3);
        Assert.Empty(silo.Items("spec/volumeClaimTemplates"));
        string[] volumes = [.. silo.Items("spec/template/spec/volumes").Select(volume => volume.Text("name")!)];
        Assert.Equal(volumes, silo.Container().Items("volumeMounts").Select(mount => mount.Text("name")));
    }

    [Fact]
    public async Task Disruption_LeavesTheVotesThatFindADeadSilo()
    {
        YamlMappingNode budget = await OneAsync("PodDisruptionBudget");
        Assert.Equal(("policy/v1", "1"), (budget.Text("apiVersion"), budget.Text("spec/maxUnavailable")));
        Assert.Empty(budget.Map("spec/selector/matchLabels").Except((await OneAsync("StatefulSet")).Map("spec/template/metadata/labels")));
    }
}
