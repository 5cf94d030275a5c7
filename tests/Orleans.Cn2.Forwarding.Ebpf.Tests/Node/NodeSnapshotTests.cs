using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink.NextHops;
using Orleans.Cn2.Netlink.Routing;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

/// <summary>How often the kernel is asked, and whose way is another after a change.</summary>
public sealed class NodeSnapshotTests
{
    private const int Uplink = 2;
    private const int Other = 3;
    private readonly FakeNode _node = new();
    private readonly IpAddress[] _addresses = [.. Enumerable.Range(0, 1_000).Select(i => IpAddress.Parse($"10.{i / 250}.0.{i % 250}"))];

    public NodeSnapshotTests()
    {
        _node.AddLink(Uplink);
        _node.AddLink(Other);
        _node.AddRoute("10.0.0.0/8", Uplink, gateway: "192.0.2.7");
    }

    [Fact]
    public void Find_ManyAddressesUnderARoute_AsksTheKernelNothing()
    {
        NodeSnapshot node = NodeSnapshot.Read(_node);
        Assert.All(_addresses, address => Assert.Equal((NextHopStatus.Resolved, Uplink), (node.Find(address).Status, node.Find(address).LinkIndex)));
        Assert.Equal(0, _node.Lookups);
    }

    [Fact]
    public void Find_RuleThatTheCopyCannotTell_AsksTheKernelForEach()
    {
        _node.Rules.Insert(0, new LookupRule(RuleEffect.Unknown, 7));
        NodeSnapshot node = NodeSnapshot.Read(_node);
        Assert.All(_addresses, address => Assert.Equal(Uplink, node.Find(address).LinkIndex));
        Assert.Equal(_addresses.Length, _node.Lookups);
    }

    [Fact]
    public void Asking_WithoutACopy_AsksTheKernelForEach()
    {
        NodeSnapshot node = NodeSnapshot.Asking(_node);
        Assert.False(node.IsCopy);
        Assert.Equal((Uplink, 1), (node.Find(_addresses[0]).LinkIndex, _node.Lookups));
    }

    [Fact]
    public void RoutesAs_RouteLeadsElsewhere_AllUnderItDoTo()
    {
        NodeSnapshot before = NodeSnapshot.Read(_node);
        _node.Routes.Clear();
        _node.AddRoute("10.0.0.0/8", Other);
        NodeSnapshot after = NodeSnapshot.Read(_node);
        Assert.DoesNotContain(_addresses, address => after.RoutesAs(before, address));
    }

    [Fact]
    public void RoutesAs_MoreSpecificRouteComes_TakesOverItsAddressesOnly()
    {
        NodeSnapshot before = NodeSnapshot.Read(_node);
        _node.AddRoute("10.2.0.0/16", Other);
        NodeSnapshot after = NodeSnapshot.Read(_node);
        IpPrefix taken = IpPrefix.Parse("10.2.0.0/16");
        Assert.All(_addresses, address => Assert.Equal(!taken.Contains(address), after.RoutesAs(before, address)));
        Assert.All(_addresses, address => Assert.Equal(taken.Contains(address) ? Other : Uplink, after.Find(address).LinkIndex));
    }

    [Fact]
    public void RoutesAs_InterfaceGoesDown_AllBehindItAreUnroutable()
    {
        NodeSnapshot before = NodeSnapshot.Read(_node);
        _node.AddLink(Uplink, flags: Orleans.Cn2.Netlink.LinkFlags.None);
        NodeSnapshot after = NodeSnapshot.Read(_node);
        Assert.False(after.RoutesAs(before, _addresses[0]));
        Assert.Equal(NextHopStatus.Unroutable, after.Find(_addresses[0]).Status);
    }

    [Fact]
    public void RoutesAs_GatewayAlone_IsTheSameWay()
    {
        // A neighbour on the same interface is the kernel's to resolve, packet by packet.
        NodeSnapshot before = NodeSnapshot.Read(_node);
        _node.Routes.Clear();
        _node.AddRoute("10.0.0.0/8", Uplink, gateway: "192.0.2.8");
        Assert.True(NodeSnapshot.Read(_node).RoutesAs(before, _addresses[0]));
    }

    [Fact]
    public void RoutesAs_KernelWasAsked_MayBeAnother()
    {
        NodeSnapshot before = NodeSnapshot.Asking(_node);
        Assert.False(NodeSnapshot.Read(_node).RoutesAs(before, _addresses[0]));
    }
}
