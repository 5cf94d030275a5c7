using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Services;
using Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class ServicePairPlanTests
{
    private static readonly ServicePairSpec Spec = new()
    {
        ServiceSubnets = [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd96::/112")],
        NodeAddresses = [IpAddress.Parse("192.0.2.1"), IpAddress.Parse("2001:db8::1")],
    };

    private static readonly ServicePairState Whole = new(
        End(10, "cn2s0", 11),
        End(11, "cn2s1", 10),
        [.. Spec.NodeAddresses],
        [Routed("10.96.0.0/16", "192.0.2.1"), Routed("fd96::/112", "2001:db8::1")],
        ServicePairSettings.Wanted(Spec).ToImmutableDictionary(setting => setting.Path, setting => setting.Value));

    public static TheoryData<string, ServicePairState, string[]> Repairs => new()
    {
        { "nothing there", Whole with { Near = null, Far = null }, ["CreatePair"] },
        { "one end is missing", Whole with { Far = null }, ["RemoveEnd", "CreatePair"] },
        { "ends of two different pairs", Whole with { Far = End(11, "cn2s1", 99) }, ["RemoveEnd", "RemoveEnd", "CreatePair"] },
        { "the peer is in another namespace", Whole with { Near = End(10, "cn2s0", 11) with { LinkNamespaceId = 0 } }, ["RemoveEnd", "RemoveEnd", "CreatePair"] },
        { "all as wanted", Whole, [] },
        { "near end down", Whole with { Near = End(10, "cn2s0", 11) with { Flags = LinkFlags.NoArp } }, ["BringUp"] },
        { "far end with neighbour discovery", Whole with { Far = End(11, "cn2s1", 10) with { Flags = LinkFlags.Up } }, ["BringUp"] },
        { "other MTU", Whole with { Far = End(11, "cn2s1", 10) with { Mtu = 9000 } }, ["SetEndMtu"] },
        { "loose rp_filter", Whole with { Settings = Whole.Settings.SetItem("net/ipv4/conf/cn2s0/rp_filter", "2") }, ["WriteSetting"] },
        { "a setting this kernel lacks", Whole with { Settings = Whole.Settings.Remove("net/ipv6/conf/cn2s0/accept_ra") }, [] },
        { "route missing", Whole with { Routes = [Whole.Routes[0]] }, ["RouteSubnet"] },
        { "route with another source", Whole with { Routes = [Routed("10.96.0.0/16", "192.0.2.9"), Whole.Routes[1]] }, ["RouteSubnet"] },
        { "route to another interface", Whole with { Routes = [Whole.Routes[0] with { OutInterface = 4 }, Whole.Routes[1]] }, ["RouteSubnet"] },
        { "route of a subnet no longer asked for", Whole with { Routes = [.. Whole.Routes, Routed("10.97.0.0/16", "192.0.2.1")] }, ["UnrouteSubnet"] },
        { "route of others", Whole with { Routes = [.. Whole.Routes, Routed("10.98.0.0/16", "192.0.2.1") with { Protocol = 4 }] }, [] },
    };

    [Theory]
    [MemberData(nameof(Repairs))]
    public void Of_AState_PlansWhatDiffers(string because, ServicePairState state, string[] steps)
    {
        ServicePairPlan plan = ServicePairPlan.Of(Spec, state);
        Assert.True(steps.SequenceEqual(plan.Steps.Select(step => step.GetType().Name)), $"{because}: {string.Join(", ", plan.Steps)}");
        Assert.Null(plan.Conflict);
        Assert.Empty(plan.Unserved);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_ForeignInterfaceOfOurName_IsAConflictAndTouchesNothing(bool near)
    {
        Link foreign = End(10, near ? "cn2s0" : "cn2s1", 0) with { Kind = "bridge" };
        ServicePairPlan plan = ServicePairPlan.Of(Spec, near ? Whole with { Near = foreign } : Whole with { Far = foreign });
        Assert.Contains(foreign.Name, plan.Conflict, StringComparison.Ordinal);
        Assert.Empty(plan.Steps);
    }

    [Fact]
    public void Of_NoAddressOfAFamily_ThatSubnetIsUnservedAndItsRouteGoes()
    {
        ServicePairSpec spec = Spec with { NodeAddresses = [Spec.NodeAddresses[0]] };
        ServicePairPlan plan = ServicePairPlan.Of(spec, Whole);
        Assert.Equal(new UnservedSubnet(Spec.ServiceSubnets[1], "the node has no IPv6 address"), Assert.Single(plan.Unserved));
        Assert.Equal(Whole.Routes[1], Assert.IsType<UnrouteSubnet>(Assert.Single(plan.Steps)).Route);
    }

    [Fact]
    public void Of_AddressOnNoInterface_ThatSubnetIsUnserved()
    {
        ServicePairPlan plan = ServicePairPlan.Of(Spec, Whole with { Addresses = [Spec.NodeAddresses[0]] });
        Assert.Contains("2001:db8::1", Assert.Single(plan.Unserved).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SubnetRoutedByOthers_IsUnservedAndLeftAlone()
    {
        Route foreign = Whole.Routes[0] with { Protocol = 186, OutInterface = 2 };
        ServicePairPlan plan = ServicePairPlan.Of(Spec, Whole with { Routes = [foreign, Whole.Routes[1]] });
        Assert.Contains("protocol 186", Assert.Single(plan.Unserved).Reason, StringComparison.Ordinal);
        Assert.Empty(plan.Steps);
    }

    private static Link End(int index, string name, int peer) => new()
    {
        Index = index,
        Name = name,
        Kind = "veth",
        HardwareType = 1,
        Mtu = 1500,
        PeerIndex = peer,
        Flags = LinkFlags.Up | LinkFlags.NoArp,
    };

    private static Route Routed(string prefix, string source) => new()
    {
        Destination = IpPrefix.Parse(prefix),
        OutInterface = 10,
        PreferredSource = IpAddress.Parse(source),
        Protocol = ServicePairPlan.RouteProtocol,
    };
}
