using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Core.Services;
using Service = Orleans.Cn2.Protocol.V1.Service;

namespace Orleans.Cn2.Cli.Tests.Manifests;

public sealed class ServiceDocumentTests
{
    [Fact]
    public void Read_EveryField_ArrivesInTheMessage()
    {
        Service service = ReadMessage("""
            type: LoadBalancer
            clusterIP: 10.96.0.7
            clusterIPs: [10.96.0.7, "fd00:96::7"]
            ipFamilyPolicy: RequireDualStack
            ipFamilies: [IPv4, IPv6]
            selector: {app: nginx}
            ports:
              - {name: http, protocol: TCP, port: 80, targetPort: web, nodePort: 30080, appProtocol: http}
              - {name: dns, protocol: UDP, port: 53, targetPort: 5353}
            sessionAffinity: ClientIP
            sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}
            internalTrafficPolicy: Local
            externalTrafficPolicy: Cluster
            publishNotReadyAddresses: true
            trafficDistribution: PreferClose
            externalIPs: [198.51.100.7]
            loadBalancerIP: 198.51.100.8
            """);

        Protocol.V1.ServiceSpec spec = service.Spec;
        Assert.Equal(("default", "web"), (service.Metadata.Namespace, service.Metadata.Name));
        Assert.Equal(("LoadBalancer", "10.96.0.7", "RequireDualStack"), (spec.Type, spec.ClusterIp, spec.IpFamilyPolicy));
        Assert.Equal(["10.96.0.7", "fd00:96::7"], spec.ClusterIps);
        Assert.Equal(["IPv4", "IPv6"], spec.IpFamilies);
        Assert.Equal("nginx", spec.Selector["app"]);
        Assert.Equal(("web", 30080, "http"), (spec.Ports[0].TargetPort, spec.Ports[0].NodePort, spec.Ports[0].AppProtocol));
        Assert.Equal(("UDP", 53, "5353"), (spec.Ports[1].Protocol, spec.Ports[1].Port, spec.Ports[1].TargetPort));
        Assert.Equal(("ClientIP", 60), (spec.SessionAffinity, spec.SessionAffinityTimeoutSeconds));
        Assert.Equal(("Local", "Cluster", "PreferClose"), (spec.InternalTrafficPolicy, spec.ExternalTrafficPolicy, spec.TrafficDistribution));
        Assert.True(spec.PublishNotReadyAddresses);
        Assert.Equal(["198.51.100.7"], spec.ExternalIps);
        Assert.Equal("198.51.100.8", spec.LoadBalancerIp);
    }

    [Fact]
    public void Read_WithoutAffinityTimeout_LeavesItUnset() => Assert.False(ReadMessage("ports: [{port: 80}]").Spec.HasSessionAffinityTimeoutSeconds);

    [Fact]
    public void Read_WithoutSpec_GivesNothing() => Assert.Equal(new ServiceSpec(), Read("type: \"\"\nselector: {}\nports: []").Spec);

    public static TheoryData<string, string> Faults { get; } = new()
    {
        { "type: 5", "spec.type: Invalid value: \"5\": must be a string" },
        { "ports: 80", "spec.ports: Invalid value: \"80\": must be a list" },
        { "ports: [{port: http}]", "spec.ports[0].port: Invalid value: \"http\": must be an integer" },
        { "ports: [{port: \"80\"}]", "spec.ports[0].port: Invalid value: \"80\": must be an integer" },
        { "ports: [{port: 99999999999}]", "spec.ports[0].port: Invalid value: \"99999999999\": must be an integer" },
        { "selector: [a]", "spec.selector: must be a map of strings" },
        { "selector: {app: 1}", "spec.selector.app: Invalid value: \"1\": must be a string" },
        { "publishNotReadyAddresses: maybe", "spec.publishNotReadyAddresses: Invalid value: \"maybe\": must be true or false" },
        { "clusterIPs: 10.0.0.1", "spec.clusterIPs: Invalid value: \"10.0.0.1\": must be a list" },
        { "ports: [{port: 80, targetPort: [80]}]", "spec.ports[0].targetPort: must be a port number or the name of a container port" },
        { "selectors: {app: a}", "spec.selectors: unknown field" },
        { "sessionAffinityConfig: {clientIP: {timeoutSeconds: x}}", "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: \"x\": must be an integer" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Read_WrongType_NamesDocumentFieldValueAndRule(string spec, string expected)
    {
        ManifestError error = Assert.Single(Assert.Throws<ManifestException>(() => Read(spec)).Errors);

        Assert.StartsWith("test.yaml: document 1, line ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralFaults_ReportsAllAtOnce()
    {
        ManifestException all = Assert.Throws<ManifestException>(() => Read("type: 5\nports: [{port: x}]\nunheardOf: 1"));

        Assert.Equal(["spec.type", "spec.ports[0].port", "spec.unheardOf"], all.Errors.Select(error => error.Field));
    }

    private static Service ReadMessage(string spec) => ServiceMessage.Of(Read(spec));

    private static ServiceManifest Read(string spec)
    {
        string indented = string.Join('\n', spec.Split('\n').Select(line => "  " + line));
        return ServiceDocument.Read(ManifestReader.Read($"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n{indented}\n", "test.yaml").Single());
    }
}
