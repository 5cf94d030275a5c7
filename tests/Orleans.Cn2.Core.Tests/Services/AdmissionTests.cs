using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Core.Tests.Services;

public sealed class AdmissionTests
{
    [Fact]
    public void Create_OmittedFields_TakeDefaults()
    {
        AdmittedSpec spec = Given.Admitted(Given.Plain with { SessionAffinity = "ClientIP" }).Spec;

        Assert.Equal(
            new AdmittedSpec
            {
                Type = ServiceType.ClusterIP,
                ClusterIPs = spec.ClusterIPs,
                IpFamilies = [IpFamily.IPv4],
                IpFamilyPolicy = IpFamilyPolicy.SingleStack,
                Selector = LabelSet.Of(("app", "foo")),
                Ports = [new ServicePort("", TransportProtocol.Tcp, 80, IntOrString.Of(80))],
                SessionAffinity = SessionAffinity.ClientIP,
                AffinityTimeoutSeconds = 10800,
                InternalTrafficPolicy = TrafficPolicy.Cluster,
            },
            spec);
        Assert.Equal(IpFamily.IPv4, Assert.Single(spec.ClusterIPs).Family);
    }

    [Theory]
    [InlineData("NodePort")]
    [InlineData("LoadBalancer")]
    public void Create_ExternallyAccessibleType_HasAddressesPolicyAndGivenNodePort(string type)
    {
        AdmittedSpec spec = Given.Admitted(Given.Plain with
        {
            Type = type,
            Ports = [new ServicePortSpec { Name = "a", Port = 80, NodePort = 30080 }, new ServicePortSpec { Name = "b", Port = 81 }],
        }).Spec;

        Assert.Single(spec.ClusterIPs);
        Assert.Equal(TrafficPolicy.Cluster, spec.ExternalTrafficPolicy);
        Assert.Equal([30080, 0], spec.Ports.Select(port => (int)port.NodePort));
    }

    [Fact]
    public void Create_EmptySelector_CountsAsNone()
    {
        AdmittedSpec spec = Given.Admitted(
            Given.Plain with { ClusterIP = "None", Selector = LabelSet.Empty }, Given.SingleStack).Spec;

        Assert.Equal((null, IpFamilyPolicy.RequireDualStack), (spec.Selector, spec.IpFamilyPolicy));
    }

    [Fact]
    public void Update_SameManifestAgain_ChangesNothing()
    {
        ServiceSpec[] specs =
        [
            Given.Plain,
            Given.Plain with { ClusterIP = "2000:0::0A" },
            Given.Plain with { IpFamilyPolicy = "RequireDualStack" },
            Given.Plain with { ClusterIP = "None" },
            Given.Plain with { ClusterIP = "None", Selector = null },
            Given.Plain with { Type = "NodePort", Ports = [new ServicePortSpec { Port = 80, NodePort = 30000 }], ExternalIPs = ["1.2.3.4"] },
            new() { Type = "ExternalName", ExternalName = "example.com" },
        ];

        Assert.All(specs, spec =>
        {
            AdmittedService old = Given.Admitted(spec);
            (AdmissionPlan? plan, AdmittedService? service, _) = new SimplePool().Admit(Given.Manifest(spec), old, Given.DualStack);
            Assert.Equal(old, service);
            Assert.Empty(plan!.Claims);
            Assert.Empty(plan.Releases);
        });
    }

    [Fact]
    public void Update_LoneClusterIPChanged_IsRefusedAsImmutable()
    {
        AdmittedService old = Given.Admitted(Given.Plain with { ClusterIP = "10.0.0.1" });

        (_, _, string? error) = new SimplePool().Admit(
            Given.Manifest(Given.Plain with { ClusterIP = "10.0.0.2" }), old, Given.DualStack);

        Assert.Equal("Service \"foo\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set", error);
    }

    [Theory]
    [InlineData("NodePort", "LoadBalancer", 30080)]
    [InlineData("NodePort", "ClusterIP", 0)]
    [InlineData("ClusterIP", "NodePort", 0)]
    public void Update_TypeChanged_KeepsAddressAndHandlesNodePort(string before, string after, int nodePort)
    {
        ServicePortSpec port = new() { Port = 80, NodePort = before == "NodePort" ? 30080 : null };
        AdmittedService old = Given.Admitted(Given.Plain with { Type = before, Ports = [port] });

        (_, AdmittedService? service, _) = new SimplePool(old.Spec.ClusterIPs).Admit(
            Given.Manifest(Given.Plain with { Type = after }), old, Given.DualStack);

        Assert.Equal(old.Spec.ClusterIPs, service!.Spec.ClusterIPs);
        Assert.Equal(nodePort, service.Spec.Ports[0].NodePort);
    }

    [Fact]
    public void Update_NodePortMovedToAnotherPort_IsNotPatchedTwice()
    {
        AdmittedService old = Given.Admitted(Given.Plain with
        {
            Type = "NodePort",
            Ports = [new ServicePortSpec { Name = "a", Port = 80, NodePort = 30080 }],
        });

        (_, AdmittedService? service, _) = new SimplePool(old.Spec.ClusterIPs).Admit(
            Given.Manifest(Given.Plain with
            {
                Type = "NodePort",
                Ports = [new ServicePortSpec { Name = "a", Port = 80 }, new ServicePortSpec { Name = "b", Port = 81, NodePort = 30080 }],
            }),
            old,
            Given.DualStack);

        Assert.Equal([0, 30080], service!.Spec.Ports.Select(port => (int)port.NodePort));
    }

    [Fact]
    public void Update_NoLongerExternallyAccessible_DropsRepeatedExternalPolicy()
    {
        AdmittedService old = Given.Admitted(Given.Plain with { ExternalIPs = ["1.2.3.4"], ExternalTrafficPolicy = "Local" });

        (_, AdmittedService? service, string? error) = new SimplePool(old.Spec.ClusterIPs).Admit(
            Given.Manifest(Given.Plain with { ExternalTrafficPolicy = "Local" }), old, Given.DualStack);

        Assert.Null(error);
        Assert.Null(service!.Spec.ExternalTrafficPolicy);
    }

    [Fact]
    public void Update_ToExternalName_ReleasesEveryAddressAndBackClaimsAnew()
    {
        AdmittedService old = Given.Admitted(Given.Plain with { IpFamilyPolicy = "RequireDualStack" });
        SimplePool pool = new(old.Spec.ClusterIPs);

        (AdmissionPlan? away, AdmittedService? external, _) = pool.Admit(
            Given.Manifest(new() { Type = "ExternalName", ExternalName = "example.com" }), old, Given.DualStack);
        (AdmissionPlan? back, AdmittedService? service, _) = pool.Admit(Given.Manifest(Given.Plain), external, Given.DualStack);

        Assert.Equal(old.Spec.ClusterIPs, away!.Releases);
        Assert.Empty(external!.Spec.ClusterIPs);
        Assert.Single(back!.Claims);
        Assert.Equal(IpFamilyPolicy.SingleStack, service!.Spec.IpFamilyPolicy);
    }

    [Fact]
    public void Complete_FinalViolation_LeavesNothingClaimed()
    {
        SimplePool pool = new();

        (_, _, string? error) = pool.Admit(Given.Manifest(Given.Plain with { Ports = null, IpFamilyPolicy = "RequireDualStack" }), null, Given.DualStack);

        Assert.Equal("Service \"foo\" is invalid: spec.ports: Required value", error);
        Assert.Equal(2, pool.Chosen.Count);
        Assert.Empty(pool.Taken);
    }

    [Fact]
    public void Complete_OtherNumberOfAddresses_Throws()
    {
        AdmissionPlan plan = Admission.Prepare(Given.Manifest(Given.Plain), null, Given.DualStack).Value!;

        Assert.Throws<ArgumentException>(() => Admission.Complete(plan, []));
    }

    [Theory]
    [InlineData(ClaimRefusal.AlreadyAllocated, "provided IP is already allocated")]
    [InlineData(ClaimRefusal.OutOfRange, "the provided network does not match the current range")]
    public void Refused_NamedAddress_SaysWhichAndWhy(ClaimRefusal refusal, string why)
    {
        AdmissionPlan plan = Admission.Prepare(Given.Manifest(Given.Plain with { ClusterIP = "10.0.0.1" }), null, Given.DualStack).Value!;

        Assert.Equal(
            $"Service \"foo\" is invalid: spec.clusterIPs: Invalid value: [\"10.0.0.1\"]: failed to allocate IP 10.0.0.1: {why}",
            Admission.Describe("foo", [Admission.Refused(plan, plan.Claims[0], refusal)]));
    }

    [Fact]
    public void RangeFull_AnyService_IsNotTheAskersFault() =>
        Assert.Equal(
            "Internal error occurred: failed to allocate a serviceIP for Service \"foo\": range is full",
            Admission.RangeFull("foo"));

    [Fact]
    public void Describe_EqualViolations_AreNamedOnce()
    {
        ServiceSpec spec = Given.Plain with { IpFamilies = ["IPv4", "IPv4", "IPv4"] };

        AdmissionOutcome<AdmissionPlan> outcome = Admission.Prepare(Given.Manifest(spec), null, Given.DualStack);

        Assert.Equal(
            "Service \"foo\" is invalid: [spec.ipFamilies[1]: Duplicate value: \"IPv4\", spec.ipFamilies[2]: Duplicate value: \"IPv4\"]",
            Admission.Describe("foo", [.. outcome.Violations, .. outcome.Violations]));
    }
}
