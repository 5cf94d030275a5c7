using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Netlink.NextHops;
using NextHop = Orleans.Cn2.Forwarding.Managed.Network.NextHop;

namespace Orleans.Cn2.Forwarding.Tun;

/// <summary>
/// Next hops where the kernel routes what the data plane sends: of each it needs no MAC, but whether it leads to a pod of this node, to another node or to the
/// node itself. A copy of the node's routing tells that; nothing is kept of any address.
/// </summary>
/// <param name="node">The node's routing.</param>
/// <param name="podSide">Interfaces that lead to pods of this node.</param>
internal sealed class RoutedHops(NodeSnapshot node, IReadOnlySet<int> podSide) : IHopLookup
{
    /// <inheritdoc/>
    public bool TryFind(IpAddress address, out NextHop hop)
    {
        RoutedHop way = node.Find(address);
        hop = way.Status switch
        {
            NextHopStatus.OwnAddress => new NextHop(HopKind.Host, 0, default),
            NextHopStatus.Resolved => new NextHop(podSide.Contains(way.LinkIndex) ? HopKind.Local : HopKind.Neighbour, way.LinkIndex, default),
            _ => default,
        };
        return true;
    }
}
