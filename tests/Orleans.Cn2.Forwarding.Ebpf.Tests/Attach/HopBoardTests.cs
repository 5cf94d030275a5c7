using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.NextHops;
using NextHop = Orleans.Cn2.Netlink.NextHops.NextHop;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Attach;

public sealed class HopBoardTests
{
    private const int PodLink = 7;
    private static readonly IpAddress Pod = IpAddress.Parse("10.244.0.3");
    private readonly HopBoard _board = new();

    [Theory]
    [InlineData(NextHopStatus.Resolving)]
    [InlineData(NextHopStatus.Failed)]
    public void Set_PodWhoseMacIsNotKnownYet_IsAPodOfThisNodeAllTheSame(NextHopStatus status)
    {
        // A route is known before whether it leads to a pod.
        _board.Set(Hop(NextHopStatus.Resolved, isLocal: false));
        Assert.Equal((HopKind.Neighbour, PodLink), Seen());

        _board.Set(Hop(status, isLocal: true));
        Assert.Equal((HopKind.LocalNeighbour, PodLink), Seen());

        _board.Set(Hop(NextHopStatus.Resolved, isLocal: true));
        Assert.Equal((HopKind.Local, PodLink), Seen());
    }

    [Theory]
    [InlineData(NextHopStatus.Resolving)]
    [InlineData(NextHopStatus.Failed)]
    public void Set_PodThatDoesNotAnswer_KeepsTheMacsThatWereKnown(NextHopStatus status)
    {
        _board.Set(Hop(NextHopStatus.Resolved, isLocal: true));
        _board.Set(Hop(status, isLocal: true));
        Assert.Equal((HopKind.Local, PodLink), Seen());
    }

    private (HopKind Kind, int Interface) Seen()
    {
        Managed.Network.NextHop hop = _board.Take().Hops[Pod];
        return (hop.Kind, hop.Interface);
    }

    private static NextHop Hop(NextHopStatus status, bool isLocal) => new()
    {
        Target = new NextHopTarget(Pod, isLocal),
        Status = status,
        LinkIndex = PodLink,
        RouteLinkIndex = PodLink,
        Layer = LinkLayer.Ethernet,
        Via = Pod,
        SourceMac = MacAddress.Parse("02:00:00:00:00:01"),
        DestinationMac = isLocal && status == NextHopStatus.Resolved ? MacAddress.Parse("02:00:00:00:00:02") : default,
    };
}
