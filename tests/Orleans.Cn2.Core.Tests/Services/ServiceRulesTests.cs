using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Core.Tests.Services;

/// <summary>Rules beside families and addresses: one sentence of Kubernetes for each way to break one.</summary>
public sealed class ServiceRulesTests
{
    private const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private static readonly ServicePortSpec Http = new() { Name = "http", Port = 80 };

    public static TheoryData<string, ServiceSpec, string?> Rules => new()
    {
        { "a plain service is fine", Given.Plain, null },
        { "a service without ports", Given.Plain with { Ports = null }, "spec.ports: Required value" },
        { "a service with an empty list of ports", Given.Plain with { Ports = [] }, "spec.ports: Required value" },
        { "a headless service without ports is fine", Given.Plain with { Ports = null, ClusterIP = "None" }, null },
        { "one of two ports without a name", Ports(Http, new() { Port = 81 }), "spec.ports[1].name: Required value" },
        { "two ports of one name", Ports(Http, Http with { Port = 81 }), "spec.ports[1].name: Duplicate value: \"http\"" },
        { "a port name in capitals", Ports(Http with { Name = "HTTP" }), $"spec.ports[0].name: Invalid value: \"HTTP\": {LabelRule}" },
        { "a port name with a dot", Ports(Http with { Name = "a.b" }), "spec.ports[0].name: Invalid value: \"a.b\": must not contain dots" },
        { "the same protocol and port twice", Ports(Http, Http with { Name = "b" }), "spec.ports[1]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,\"TargetPort\":0,\"NodePort\":0}" },
        { "the same port for two protocols is fine", Ports(Http, Http with { Name = "b", Protocol = "UDP" }), null },
        { "an unknown protocol", Ports(Http with { Protocol = "tcp" }), "spec.ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\"" },
        { "port 0", Ports(Http with { Port = 0, TargetPort = IntOrString.Of(1) }), "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive" },
        { "port 65536", Ports(Http with { Port = 65536, TargetPort = IntOrString.Of(1) }), "spec.ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive" },
        { "target port 65536", Ports(Http with { TargetPort = IntOrString.Of(65536) }), "spec.ports[0].targetPort: Invalid value: 65536: must be between 1 and 65535, inclusive" },
        { "a target port name of 16 characters", Ports(Http with { TargetPort = IntOrString.Of("a234567890123456") }), "spec.ports[0].targetPort: Invalid value: \"a234567890123456\": must be no more than 15 characters" },
        { "a target port name without a letter", Ports(Http with { TargetPort = IntOrString.Of("80") }), "spec.ports[0].targetPort: Invalid value: \"80\": must contain at least one letter (a-z)" },
        { "a target port name in capitals", Ports(Http with { TargetPort = IntOrString.Of("wWw") }), "spec.ports[0].targetPort: Invalid value: \"wWw\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)" },
        { "a target port name with two hyphens", Ports(Http with { TargetPort = IntOrString.Of("a--b") }), "spec.ports[0].targetPort: Invalid value: \"a--b\": must not contain consecutive hyphens" },
        { "a target port name that ends with a hyphen", Ports(Http with { TargetPort = IntOrString.Of("a-") }), "spec.ports[0].targetPort: Invalid value: \"a-\": must not begin or end with a hyphen" },
        { "an application protocol without a name", Ports(Http with { AppProtocol = "example.com/" }), "[spec.ports[0].appProtocol: Invalid value: \"example.com/\": name part must be non-empty, spec.ports[0].appProtocol: Invalid value: \"example.com/\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]" },
        { "a node port on type ClusterIP", Ports(Http with { NodePort = 30080 }), "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'" },
        { "one node port twice", Ports(Http with { NodePort = 30080 }, Http with { Name = "b", Port = 81, NodePort = 30080 }) with { Type = "NodePort" }, "spec.ports[1].nodePort: Duplicate value: 30080" },
        { "a node port that is no port", Ports(Http with { NodePort = -1 }) with { Type = "NodePort" }, "spec.ports[0].nodePort: Invalid value: -1: must be between 1 and 65535, inclusive" },
        { "an unknown type", Given.Plain with { Type = "Magic" }, "spec.type: Unsupported value: \"Magic\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"" },
        { "a headless NodePort service", Given.Plain with { Type = "NodePort", ClusterIP = "None" }, "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services" },
        { "a headless LoadBalancer service", Given.Plain with { Type = "LoadBalancer", ClusterIP = "None" }, "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for LoadBalancer services" },
        { "an unknown affinity", Given.Plain with { SessionAffinity = "Cookie" }, "spec.sessionAffinity: Unsupported value: \"Cookie\": supported values: \"ClientIP\", \"None\"" },
        { "an affinity timeout of 0", Affinity(0), "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400" },
        { "an affinity timeout of a day is fine", Affinity(86400), null },
        { "an affinity timeout over a day", Affinity(86401), "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400" },
        { "affinity options without affinity are dropped", Affinity(0) with { SessionAffinity = null }, null },
        { "an unknown internal policy", Given.Plain with { InternalTrafficPolicy = "Zone" }, "spec.internalTrafficPolicy: Unsupported value: \"Zone\": supported values: \"Cluster\", \"Local\"" },
        { "an external policy on an internal service", Given.Plain with { ExternalTrafficPolicy = "Local" }, "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services" },
        { "an unknown external policy", Given.Plain with { Type = "NodePort", ExternalTrafficPolicy = "Zone" }, "spec.externalTrafficPolicy: Unsupported value: \"Zone\": supported values: \"Cluster\", \"Local\"" },
        { "an unknown distribution", Given.Plain with { TrafficDistribution = "Far" }, "spec.trafficDistribution: Unsupported value: \"Far\": supported values: \"PreferClose\", \"PreferSameZone\", \"PreferSameNode\"" },
        { "a malformed external address", Given.Plain with { ExternalIPs = ["1.2.3"] }, "spec.externalIPs[0]: Invalid value: \"1.2.3\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" },
        { "an unspecified external address", Given.Plain with { ExternalIPs = ["::"] }, "spec.externalIPs[0]: Invalid value: \"::\": may not be unspecified (::)" },
        { "a loopback external address", Given.Plain with { ExternalIPs = ["127.0.0.9"] }, "spec.externalIPs[0]: Invalid value: \"127.0.0.9\": may not be in the loopback range (127.0.0.0/8, ::1/128)" },
        { "a link-local external address", Given.Plain with { ExternalIPs = ["fe80::1"] }, "spec.externalIPs[0]: Invalid value: \"fe80::1\": may not be in the link-local range (169.254.0.0/16, fe80::/10)" },
        { "a link-local multicast external address", Given.Plain with { ExternalIPs = ["ff12::1"] }, "spec.externalIPs[0]: Invalid value: \"ff12::1\": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)" },
        { "a malformed selector value", Given.Plain with { Selector = LabelSet.Of(("app", "-")) }, "spec.selector: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')" },
        { "an external name without the name", External(null), "spec.externalName: Required value" },
        { "an external name that is one dot", External("."), "spec.externalName: Required value" },
        { "an external name with its trailing dot is fine", External("example.com."), null },
        { "an external name with two trailing dots", External("a.."), "spec.externalName: Invalid value: \"a.\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')" },
        { "an external name with addresses and families", External("a.b") with { ClusterIP = "10.0.0.1", IpFamilies = ["IPv4"], IpFamilyPolicy = "SingleStack" }, "[spec.clusterIPs: Forbidden: may not be set for ExternalName services, spec.ipFamilies: Forbidden: may not be set for ExternalName services, spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services]" },
        { "an unknown family policy", Given.Plain with { IpFamilyPolicy = "x" }, "spec.ipFamilyPolicy: Unsupported value: \"x\": supported values: \"PreferDualStack\", \"RequireDualStack\", \"SingleStack\"" },
        { "an unknown family", Given.Plain with { IpFamilies = ["IPv5"] }, "spec.ipFamilies[0]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"" },
        { "a family twice", Given.Plain with { IpFamilies = ["IPv4", "IPv4"] }, "spec.ipFamilies[1]: Duplicate value: \"IPv4\"" },
        { "two addresses of a family", IPs("10.0.0.1", "10.0.0.2"), "spec.clusterIPs: Invalid value: [\"10.0.0.1\",\"10.0.0.2\"]: may specify no more than one IP for each IP family" },
        { "three addresses", IPs("10.0.0.1", "2000::1", "10.0.0.2"), "spec.clusterIPs: Invalid value: [\"10.0.0.1\",\"2000::1\",\"10.0.0.2\"]: may only hold up to 2 values" },
        { "no address at all", IPs("x"), "spec.clusterIPs[0]: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" },
        { "an address with leading zeros", IPs("10.0.0.01"), "spec.clusterIPs[0]: Invalid value: \"10.0.0.01\": must not have leading 0s" },
        { "a mapped address", IPs("::ffff:10.0.0.1"), "spec.clusterIPs[0]: Invalid value: \"::ffff:10.0.0.1\": must not be an IPv4-mapped IPv6 address" },
        { "None before an address", IPs("None", "10.0.0.1"), "spec.clusterIPs: Invalid value: [\"None\",\"10.0.0.1\"]: 'None' must be the first and only value" },
        { "None after an address", IPs("10.0.0.1", "None"), "spec.clusterIPs[1]: Invalid value: \"None\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" },
        { "an address that is not the first of the list", IPs("10.0.0.1") with { ClusterIP = "10.0.0.2" }, "spec.clusterIPs: Invalid value: [\"10.0.0.1\"]: first value must match `clusterIP`" },
        { "a list without the address", IPs("10.0.0.1") with { ClusterIP = null }, "spec.clusterIPs: Invalid value: [\"10.0.0.1\"]: must be empty when `clusterIP` is not specified" },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Rules))]
    public void Create_Spec_IsJudgedByTheRule(string rule, ServiceSpec spec, string? violations)
    {
        Assert.NotEmpty(rule);
        Assert.Equal(violations is null ? null : $"Service \"foo\" is invalid: {violations}", Given.CreateError(spec));
    }

    [Theory]
    [InlineData("9lives", null)]
    [InlineData("", "metadata.name: Required value: name or generateName is required")]
    [InlineData("a.b", "metadata.name: Invalid value: \"a.b\": must not contain dots")]
    [InlineData("Foo", $"metadata.name: Invalid value: \"Foo\": {LabelRule}")]
    public void Create_Name_IsALabel(string name, string? violations) => Assert.Equal(
        violations is null ? null : $"Service \"{name}\" is invalid: {violations}",
        new SimplePool().Admit(Given.Manifest(Given.Plain, name), null, Given.DualStack).Error);

    [Theory]
    [InlineData("Auto", "Auto", null)]
    [InlineData("Auto", "Disabled", "metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: \"Auto\": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified")]
    public void Create_TopologyAnnotations_MustAgree(string mode, string hints, string? violations)
    {
        ServiceManifest manifest = Given.Manifest(Given.Plain) with
        {
            Annotations = LabelSet.Of(
                ("service.kubernetes.io/topology-mode", mode), ("service.kubernetes.io/topology-aware-hints", hints)),
        };

        Assert.Equal(
            violations is null ? null : $"Service \"foo\" is invalid: {violations}",
            new SimplePool().Admit(manifest, null, Given.DualStack).Error);
    }

    private static ServiceSpec Ports(params ServicePortSpec[] ports) => Given.Plain with { Ports = ports.ToValueList() };

    private static ServiceSpec Affinity(int seconds) =>
        Given.Plain with { SessionAffinity = "ClientIP", SessionAffinityConfig = new(new(seconds)) };

    private static ServiceSpec External(string? name) =>
        new() { Type = "ExternalName", ExternalName = name };

    private static ServiceSpec IPs(params string[] ips) =>
        Given.Plain with { ClusterIP = ips[0], ClusterIPs = ips.ToValueList(), IpFamilyPolicy = ips.Length > 1 ? "PreferDualStack" : null };
}
