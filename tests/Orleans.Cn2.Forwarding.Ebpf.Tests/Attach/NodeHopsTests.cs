using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Node;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.NextHops;
using NextHop = Orleans.Cn2.Forwarding.Managed.Network.NextHop;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Attach;

/// <summary>What the data path is told of an address by its route, and of a pod of this node.</summary>
public sealed class NodeHopsTests
{
    private const int Uplink = 2;
    private const int PodLink = 7;
    private static readonly IpAddress Pod = IpAddress.Parse("10.244.0.3");
    private readonly FakeNode _node = new();
    private readonly List<IpAddress> _missed = [];

    public NodeHopsTests()
    {
        _node.AddLink(Uplink);
        _node.AddLink(PodLink);
        _node.AddRoute("10.244.0.0/16", Uplink);
        _node.AddRoute($"{Pod}/32", PodLink);
        _node.AddRoute("192.0.2.1/32", 1, type: RouteType.Local);
    }

    [Theory]
    [InlineData("10.244.9.9", HopKind.Neighbour, Uplink)]
    [InlineData("192.0.2.1", HopKind.Host, 0)]
    [InlineData("198.51.100.1", HopKind.None, 0)]
    public void TryFind_AddressElsewhere_IsWhatItsRouteSays(string address, HopKind kind, int link)
    {
        Assert.True(Hops(ImmutableDictionary<IpAddress, NextHop>.Empty).TryFind(IpAddress.Parse(address), out NextHop hop));
        Assert.Equal(new NextHop(kind, link, default), hop);
        Assert.Empty(_missed);
    }

    [Fact]
    public void TryFind_PodThatIsNotFollowedYet_IsUnknownAndTold()
    {
        // Not a neighbour behind its interface: a flow to it would be shaped as one to another node, and a pinned row with its MACs be lost.
        Assert.False(Hops(ImmutableDictionary<IpAddress, NextHop>.Empty).TryFind(Pod, out _));
        Assert.Equal([Pod], _missed);
    }

    [Fact]
    public void TryFind_PodThatIsFollowed_IsWhatIsKnownOfIt()
    {
        NextHop known = new(HopKind.Local, PodLink, new LinkAddresses(1, 2));
        Assert.True(Hops(ImmutableDictionary<IpAddress, NextHop>.Empty.Add(Pod, known)).TryFind(Pod, out NextHop hop));
        Assert.Equal(known, hop);
        Assert.Empty(_missed);
    }

    private NodeHops Hops(ImmutableDictionary<IpAddress, NextHop> local) => new(NodeSnapshot.Read(_node), new HashSet<int> { PodLink }, local, _missed.Add);
}
