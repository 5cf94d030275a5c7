using CsCheck;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Core.Tests.Tables;

public sealed class EntryAndTableTests
{
    private static readonly Guid Uid = new("6f1c5d0e-52b4-4c11-9a35-1f0d3f9b7a10");
    private static readonly LabelSet App = LabelSet.Of(("app", "cart"));
    private static readonly NodeView Here = new("n0", "z0");

    private static readonly AdmittedService Service = new(new("shop", "cart"), LabelSet.Empty, LabelSet.Empty, new()
    {
        ClusterIPs = [IpAddress.Parse("10.96.0.5"), IpAddress.Parse("fd00:96::5")],
        IpFamilies = [IpFamily.IPv4, IpFamily.IPv6],
        Selector = App,
        Ports =
        [
            new("http", TransportProtocol.Tcp, 80, IntOrString.Of("web")),
            new("dns", TransportProtocol.Udp, 53, IntOrString.Of(5353)),
        ],
    });

    private static readonly Gen<Vmi[]> Vmis = Gen.Select(Gen.Int[1, 30], Gen.Int[1, 3], Gen.Int[0, 2], Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[0, 5])
        .Select((number, families, node, ready, terminating, named, matches, drains) => Vmi(number) with
        {
            Node = $"n{node}",
            Zone = $"z{node}",
            Labels = matches ? App : LabelSet.Empty,
            Addresses = [.. Vmi(number).Addresses.Where((_, index) => (families & (1 << index)) != 0)],
            Ports = named ? [new("web", TransportProtocol.Tcp, 8080)] : [new("web", TransportProtocol.Udp, 8080)],
            Conditions = new(ready, null, terminating),
            Drains = (DrainCause)Math.Max(0, drains - 2),
        })
        .Array[0, 12].Select(vmis => vmis.DistinctBy(vmi => vmi.Uid).ToArray());

    private static readonly Gen<AdmittedService> Services = Gen.Select(Gen.Enum<TrafficPolicy>(), Gen.Int[0, 3], Gen.Bool).Select((policy, preference, publish) =>
        Service with
        {
            Spec = Service.Spec with
            {
                InternalTrafficPolicy = policy,
                TrafficDistribution = preference == 3 ? null : (TrafficDistribution)preference,
                PublishNotReadyAddresses = publish,
            },
        });

    [Fact]
    public void Build_VmisWithTheSamePorts_ShareOneList()
    {
        Vmi[] vmis = [.. Enumerable.Range(1, 3).Select(number => Vmi(number) with { Labels = App, Ports = [new("web", TransportProtocol.Tcp, 8080)] })];

        Assert.Single(EntryBuilder.Build(Service, Uid, 3, vmis, null).Endpoints.Select(endpoint => endpoint.TargetPorts).Distinct(ReferenceEqualityComparer.Instance));
    }

    [Fact]
    public void Build_AnyOrderOfVmisAndPorts_IsTheSame() => Gen.Select(Services, Vmis, Gen.Int).Sample((service, vmis, seed) =>
    {
        Vmi[] shuffled = [.. vmis];
        new Random(seed).Shuffle(shuffled);
        AdmittedService turned = service with { Spec = service.Spec with { Ports = [.. service.Spec.Ports.Reverse()] } };
        ServiceEntry entry = EntryBuilder.Build(service, Uid, 3, vmis, null);
        return entry == EntryBuilder.Build(turned, Uid, 3, shuffled, null)
            && TableCompiler.Compile(entry, Here) == TableCompiler.Compile(EntryBuilder.Build(turned, Uid, 3, shuffled, null), Here);
    });

    [Fact]
    public void Compile_AnyEntry_IsCanonicalAndHasPathsOnlyToVmisWithFamilyAndPort() => Gen.Select(Services, Vmis).Sample((service, vmis) =>
    {
        ServiceTable table = TableCompiler.Compile(EntryBuilder.Build(service, Uid, 3, vmis, null), Here);
        return table.Generation == 3 && table.Frontends.Length == 4 && table.Frontends.All(frontend =>
            PathOrder.IsSorted(frontend.Paths.AsSpan())
            && frontend.Paths.All(path => path.Address.Family == frontend.Address.Family && path.Port != 0
                && vmis.Single(vmi => vmi.TableId == path.VmiId).Addresses.Contains(path.Address)));
    });

    [Fact]
    public void Compile_EntryThatIsNotNodeDependent_IsTheSameOnAllNodes() => Gen.Select(Services, Vmis).Sample((service, vmis) =>
    {
        ServiceEntry entry = EntryBuilder.Build(service, Uid, 3, vmis, null);
        return entry.IsNodeDependent || TableCompiler.Compile(entry, null) == TableCompiler.Compile(entry, Here);
    });

    [Fact]
    public void EndpointUse_AnyVmi_HasTheBestStateThatAnyNodeGivesIt() => Gen.Select(Services, Vmis).Sample((service, vmis) =>
    {
        ServiceEntry entry = EntryBuilder.Build(service, Uid, 3, vmis, null);
        EcmpPath[] paths = [.. ((NodeView[])[new("n0", "z0"), new("n1", "z1"), new("n2", "z2"), new("n9", null)])
            .SelectMany(node => TableCompiler.Compile(entry, node).Frontends).SelectMany(frontend => frontend.Paths)];
        return vmis.All(vmi => EndpointUse.Of(entry, vmi.TableId) is var use
            && use.State == paths.Where(path => path.VmiId == vmi.TableId).Select(path => (PathState?)path.State).Min()
            && use.Selected == entry.Endpoints.Any(endpoint => endpoint.VmiId == vmi.TableId)
            && paths.Where(path => path.VmiId == vmi.TableId).All(path => use.Ports.Contains(path.Port)));
    });

    [Fact]
    public void Compile_NodeDependentWithoutNode_Throws() => Assert.Throws<ArgumentNullException>(() =>
        TableCompiler.Compile(EntryBuilder.Build(With(spec => spec with { InternalTrafficPolicy = TrafficPolicy.Local }), Uid, 1, [], null), null));

    [Theory]
    [InlineData(true, null, null, PathState.Active)]
    [InlineData(true, null, true, PathState.DrainingServing)]
    [InlineData(false, null, null, PathState.Draining)]
    [InlineData(false, false, true, PathState.Draining)]
    public void Compile_OneVmiOfTwo_HasTheStateOfItsConditions(bool ready, bool? serving, bool? terminating, PathState expected) =>
        Assert.Equal(expected, StateOf(Service, [Vmi(1) with { Conditions = new(ready, serving, terminating) }, Vmi(2)], null));

    [Fact]
    public void Compile_OnlyTerminatingServingVmi_IsActive() =>
        Assert.Equal(PathState.Active, StateOf(Service, [Vmi(1) with { Conditions = new(null, null, true) }], null));

    [Fact]
    public void Compile_NotReadyPublished_IsActive() => Assert.Equal(
        PathState.Active,
        StateOf(With(spec => spec with { PublishNotReadyAddresses = true }), [Vmi(1) with { Conditions = new(false, null, true) }, Vmi(2)], null));

    [Fact]
    public void Build_VmiNoLongerSelected_DrainsUntilItIsGone()
    {
        ServiceEntry before = EntryBuilder.Build(Service, Uid, 1, [Vmi(1), Vmi(2)], null);
        Vmi deselected = Vmi(1) with { Labels = LabelSet.Empty };

        Assert.Equal(PathState.Draining, StateOf(Service, [deselected, Vmi(2)], before));
        Assert.Null(StateOf(Service, [Vmi(2)], before));
        Assert.Null(StateOf(Service, [deselected, Vmi(2)], null));
        Assert.Null(StateOf(Service, [deselected, Vmi(2)], before with { Uid = Guid.Empty }));
    }

    [Theory]
    [InlineData("n0", PathState.Active, FrontendFlags.LocalOnly)]
    [InlineData("n9", PathState.DrainingServing, FrontendFlags.LocalOnly)]
    public void Compile_Local_UsesOwnVmisAndFlagsEndpointsElsewhere(string node, PathState state, FrontendFlags flags)
    {
        ServiceEntry entry = EntryBuilder.Build(With(spec => spec with { InternalTrafficPolicy = TrafficPolicy.Local }), Uid, 1, [Vmi(1)], null);

        Frontend frontend = TableCompiler.Compile(entry, new(node, null)).Frontends[0];

        Assert.Equal((state, flags), (Assert.Single(frontend.Paths).State, frontend.Flags));
    }

    [Fact]
    public void Compile_LocalWithoutAnyEndpoint_HasNoFlagSoThatPacketsAreRejected() => Assert.Equal(
        FrontendFlags.None,
        TableCompiler.Compile(
            EntryBuilder.Build(With(spec => spec with { InternalTrafficPolicy = TrafficPolicy.Local }), Uid, 1, [], null), Here).Frontends[0].Flags);

    [Fact]
    public void Compile_SameAddressAndPortTwice_TheOneThatDoesNotTerminateIsActive()
    {
        AdmittedService service = With(spec => spec with { PublishNotReadyAddresses = true });
        Vmi old = Vmi(2) with { Addresses = Vmi(1).Addresses, Conditions = new(null, null, true) };

        Assert.Equal(PathState.Active, StateOf(service, [Vmi(1), old], null));
        Assert.Equal(
            PathState.DrainingServing,
            TableCompiler.Compile(EntryBuilder.Build(service, Uid, 1, [Vmi(1), old], null), null)
                .Frontends[0].Paths.Single(path => path.VmiId == old.TableId).State);
    }

    [Fact]
    public void Build_NotForwarded_CompilesToNothing()
    {
        AdmittedService[] services =
        [
            With(spec => spec with { Headless = true, ClusterIPs = [] }),
            With(spec => spec with { Type = ServiceType.ExternalName, ClusterIPs = [], Ports = [] }),
            Service with { Labels = LabelSet.Of(("service.kubernetes.io/service-proxy-name", "")) },
            Service with { Labels = LabelSet.Of(("service.kubernetes.io/headless", "")) },
        ];

        Assert.All(services, service =>
        {
            ServiceEntry entry = EntryBuilder.Build(service, Uid, 1, [Vmi(1)], null);
            Assert.False(entry.IsForwarded);
            Assert.Empty(TableCompiler.Compile(entry, null).Frontends);
        });
    }

    [Fact]
    public void Build_NoSelector_HasNoEndpoints() =>
        Assert.Empty(EntryBuilder.Build(With(spec => spec with { Selector = null }), Uid, 1, [Vmi(1)], null).Endpoints);

    [Fact]
    public void Build_VmiOfAnotherNamespace_IsNoEndpoint() =>
        Assert.Empty(EntryBuilder.Build(Service, Uid, 1, [Vmi(1) with { Name = new("other", "cart-1") }], null).Endpoints);

    [Fact]
    public void Build_TopologyModeAuto_WinsOverTheFieldAndLeavesNoHints()
    {
        AdmittedService service = With(spec => spec with { TrafficDistribution = TrafficDistribution.PreferSameZone });

        Assert.NotNull(EntryBuilder.Build(service, Uid, 1, [Vmi(1)], null).Endpoints[0].Hints);
        Assert.Null(EntryBuilder.Build(
            service with { Annotations = LabelSet.Of(("service.kubernetes.io/topology-mode", "Auto")) }, Uid, 1, [Vmi(1)], null).Endpoints[0].Hints);
    }

    [Fact]
    public void HasContentOf_OtherGenerationAlone_IsTrue()
    {
        ServiceEntry entry = EntryBuilder.Build(Service, Uid, 1, [Vmi(1)], null);

        Assert.True(entry.HasContentOf(EntryBuilder.Build(Service, Uid, 2, [Vmi(1)], null)));
        Assert.False(entry.HasContentOf(EntryBuilder.Build(Service, Uid, 1, [Vmi(2)], null)));
    }

    private static AdmittedService With(Func<AdmittedSpec, AdmittedSpec> change) => Service with { Spec = change(Service.Spec) };

    private static PathState? StateOf(AdmittedService service, Vmi[] vmis, ServiceEntry? previous) =>
        TableCompiler.Compile(EntryBuilder.Build(service, Uid, 2, vmis, previous), null)
            .Frontends[0].Paths.Where(path => path.VmiId == Vmi(1).TableId).Select(path => (PathState?)path.State).SingleOrDefault();

    private static Vmi Vmi(int number) => new()
    {
        Name = new("shop", $"cart-{number}"),
        Uid = new Guid(number, 0, 0, new byte[8]),
        Labels = App,
        Node = "n0",
        Zone = "z0",
        Addresses = [IpAddress.V4(0x0af40000 + (uint)number), IpAddress.V6(((UInt128)0xfd << 120) + (uint)number)],
        Ports = [new("web", TransportProtocol.Tcp, 8080)],
    };
}
