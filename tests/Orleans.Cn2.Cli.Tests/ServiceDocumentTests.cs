using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Tests;

public sealed class ServiceDocumentTests
{
    [Fact]
    public void Read_Service_KeepsEveryField()
    {
        Service service = ServiceDocument.Read(Document("""
            apiVersion: v1
            kind: Service
            metadata: { name: web, namespace: shop, labels: { app: web } }
            spec:
              type: ClusterIP
              ipFamilyPolicy: RequireDualStack
              ipFamilies: [IPv6, IPv4]
              selector: { app: web }
              sessionAffinity: ClientIP
              sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } }
              internalTrafficPolicy: Local
              ports:
              - { name: http, port: 80, targetPort: web }
              - { name: dns, protocol: UDP, port: 53, targetPort: 5353 }
            """));

        Assert.Equal(("shop", "web"), (service.Metadata.Namespace, service.Metadata.Name));
        Assert.Equal(["IPv6", "IPv4"], service.Spec.IpFamilies);
        Assert.Equal(600, service.Spec.SessionAffinityTimeoutSeconds);
        Assert.Equal("Local", service.Spec.InternalTrafficPolicy);
        Assert.Equal(["web", "5353"], service.Spec.Ports.Select(port => port.TargetPort));
        Assert.Equal("web", service.Spec.Selector["app"]);
    }

    [Theory]
    [InlineData("ports: [{ port: eighty }]", "spec.ports[0].port", "eighty", "must be an integer")]
    [InlineData("ports: 80", "spec.ports", "80", "must be a list")]
    [InlineData("selector: [a]", "spec.selector", null, "must be a map of strings")]
    [InlineData("publishNotReadyAddresses: maybe", "spec.publishNotReadyAddresses", "maybe", "must be true or false")]
    [InlineData("ipFamilyPolcy: SingleStack", "spec.ipFamilyPolcy", "SingleStack", "unknown field")]
    public void Read_BadField_NamesDocumentFieldValueAndRule(string spec, string field, string? value, string rule)
    {
        ManifestException failure = Assert.Throws<ManifestException>(() => ServiceDocument.Read(Document(
            $"apiVersion: v1\nkind: Service\nmetadata: {{ name: web }}\nspec:\n  {spec}\n")));

        ManifestError error = Assert.Single(failure.Errors);
        Assert.Equal(("test.yaml", 1, field), (error.Source, error.Document, error.Field));
        Assert.StartsWith(rule, error.Rule, StringComparison.Ordinal);
        Assert.True(value is null || error.Value == value);
    }

    [Fact]
    public void Read_SeveralBadFields_TellsAllOfThem()
    {
        ManifestException failure = Assert.Throws<ManifestException>(() => ServiceDocument.Read(Document(
            "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec:\n  ports: [{ port: a }, { port: b }]\n")));

        Assert.Equal(2, failure.Errors.Length);
    }

    private static ManifestDocument Document(string yaml) => Assert.Single(ManifestReader.Read(yaml, "test.yaml"));
}
