using System.Collections.Immutable;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Tests;

public sealed class ManifestTests
{
    private const string Pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - ";

    public static TheoryData<string, string> Bad => new()
    {
        { "a: b: c", "f: line 1: is no YAML" },
        { "- 1", "f: document 1, line 1: must be an object with apiVersion, kind and metadata" },
        { "kind: Pod\nmetadata: {name: p}", "f: document 1, line 1: apiVersion: Required value" },
        { "apiVersion: v1\nkind: Pod\nmetadata: {}", "f: document 1, line 1: metadata.name: Required value" },
        { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n- 1", "f: document 2, line 5: must be an object" },
        { "apiVersion: v1\nkind: Pod\nmetadata: {name: P_x}\nspec: {containers: [{name: a, image: b}]}", "metadata.name: Invalid value: \"P_x\": a lowercase RFC 1123 subdomain" },
        { "apiVersion: v1\nkind: Pod\nmetadata: {name: p}", "spec: Required value" },
        { "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}", "spec: must have at least one element in containers" },
        { Pod + "image: b", "document 1, line 6: spec.containers[0].name: Required value" },
        { Pod + "{name: a, image: b, ports: [{containerPort: 70000}]}", "spec.containers[0].ports[0].containerPort: Invalid value: \"70000\": must be between 1 and 65535, inclusive" },
        { Pod + "{name: a, image: b, ports: [{containerPort: \"80\"}]}", "containerPort: Invalid value: \"80\": must be an integer" },
        { Pod + "{name: a, image: b, ports: [{containerPort: 80, protocol: tcp}]}", "protocol: Invalid value: \"tcp\": Unsupported value" },
        { Pod + "{name: a, image: b, ports: [{containerPort: 80, name: far-too-long-a-name}]}", "must be no more than 15 characters" },
        { Pod + "{name: a, image: b, readinessProbe: {httpGet: {port: web}}}", "readinessProbe.httpGet.port: Invalid value: \"web\": must be a port number" },
        { Pod + "{name: a, image: b, volumeMounts: [{name: v, mountPath: /x}]}", "volumeMounts[0].name: Invalid value: \"v\": Not found" },
        { Pod + "{name: a, image: b, volumeMounts: [{name: v, mountPath: ../x}]}\n  volumes: [{name: v}]", "mountPath: Invalid value: \"../x\": must be an absolute path" },
        { "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: -1, template: {spec: {containers: [{name: a, image: b}]}}}", "spec.replicas: Invalid value: \"-1\": must be greater than or equal to 0" },
        { "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {selector: {matchLabels: {a: b}}, template: {spec: {containers: [{name: a, image: b}]}}}", "spec.selector: `selector` does not match template `labels`" },
        { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {n: 1}", "data.n: Invalid value: \"1\": must be a string" },
        { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nbinaryData: {n: '%'}", "must be base64" },
        { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {../n: x}", "Invalid value: \"../n\": a valid config key" },
        { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}", "Duplicate value: ConfigMap stands already in f, document 1" },
        { "a: &a\n  b: *a", "f" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Manifest_ThatIsBad_NamesPlaceFieldValueAndRule(string text, string expected)
    {
        ManifestException e = Assert.Throws<ManifestException>(() => ManifestSet.From(ManifestReader.Read(text, "f")));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_WithSeveralFaults_NamesAll()
    {
        ManifestException e = Assert.Throws<ManifestException>(() => ManifestSet.From(ManifestReader.Read(
            Pod + "{name: A, image: b, ports: [{containerPort: 0}, {containerPort: x}]}\n---\nkind: Pod", "f")
            ));
        Assert.Equal(2, e.Errors.Length);

        e = Assert.Throws<ManifestException>(() => ManifestSet.From(ManifestReader.Read(
            Pod + "{name: A, image: b, ports: [{containerPort: 0}, {containerPort: x}]}", "f")));
        Assert.Equal(3, e.Errors.Length);
    }

    [Fact]
    public void Example_Nginx_IsReadWhole()
    {
        ManifestSet set = ManifestSet.FromFiles(LabRun.Example("nginx-dual-stack.yaml"));

        WorkloadSpec nginx = Assert.Single(set.Workloads);
        Assert.Equal(4, nginx.Replicas);
        Assert.Equal((ushort)80, nginx.Template.Containers[0].Readiness!.Port);
        Assert.Equal("nginx-x.conf", Assert.Single(Assert.Single(set.ConfigMaps).Files).Key);
        ManifestDocument service = Assert.Single(set.HandedOver);
        Assert.Equal("PreferDualStack", service.Root["spec"]?["ipFamilyPolicy"]?.Text);
        Assert.Equal("spec.ports[0].port", service.Root["spec"]?["ports"]?.Items[0]["port"]?.Path);
    }

    [Fact]
    public void Read_JsonListWithTabs_GivesItsItems()
    {
        string json = "{\n\t\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n\t{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"a\"}},\n\t{\"apiVersion\": \"x.io/v1\", \"kind\": \"Odd\", \"metadata\": {\"name\": \"b\", \"namespace\": \"n\"}}]}";

        ManifestSet set = ManifestSet.From(ManifestReader.Read(json, "f"));

        Assert.Equal("a", Assert.Single(set.HandedOver).Name);
        Assert.Equal("f: document 1: Odd n/b", Assert.Single(set.Skipped).ToString());
    }

    [Fact]
    public void Read_UnknownKindWithoutName_IsSkippedWithItsVersion()
    {
        ManifestSet set = ManifestSet.From(ManifestReader.Read(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n---\napiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: d}", "f"));

        Assert.Equal(
            ["skipped: f: document 1: Kustomization: no kind Kustomization of kustomize.config.k8s.io/v1beta1 here", "skipped: f: document 2: Deployment default/d: no kind Deployment of extensions/v1beta1 here"],
            set.Skipped.Select(document => document.Skipped));
    }

    [Theory]
    [InlineData("{port: 80}", "Tcp/80")]
    [InlineData("{port: 80, targetPort: 8080}", "Tcp/8080")]
    [InlineData("{port: 53, targetPort: 5353, protocol: UDP}", "Udp/5353")]
    [InlineData("{port: 80, targetPort: 0}", "Tcp/80")]
    [InlineData("{port: 80, targetPort: web}", "")]
    [InlineData("{port: 80, protocol: ICMP}", "")]
    [InlineData("{port: 70000}", "")]
    public void Service_Port_AsksPodsForItsNumber(string port, string expected)
    {
        ManifestSet set = ManifestSet.From(ManifestReader.Read(
            $"apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: n}}\nspec: {{selector: {{a: b, c: d}}, ports: [{port}]}}", "f"));

        ServiceTargets targets = Assert.Single(set.Targets);
        Assert.Equal(expected, string.Join(' ', targets.Ports.Select(each => $"{each.Protocol}/{each.Port}")));
        ImmutableSortedDictionary<string, string> labels = ImmutableSortedDictionary.CreateRange(new Dictionary<string, string> { ["a"] = "b", ["c"] = "d", ["e"] = "f" });
        Assert.True(targets.Selects("n", labels));
        Assert.False(targets.Selects("other", labels));
        Assert.False(targets.Selects("n", labels.Remove("c")));
        Assert.False((targets with { Selector = targets.Selector.Clear() }).Selects("n", labels));
    }

    [Fact]
    public void Read_MergeKeysAndEmptyDocuments_AreUnderstood()
    {
        ManifestDocument document = Assert.Single(ManifestReader.Read(
            "---\n---\n# nothing\n---\napiVersion: v1\nkind: Service\nbase: &b {x: '1', y: 2}\nmetadata:\n  <<: *b\n  y: 3\n  name: s\n", "f"));

        Assert.True(document.Root["metadata"]!["x"]!.Quoted);
        Assert.Equal("3", document.Root["metadata"]!["y"]!.Text);
    }
}
