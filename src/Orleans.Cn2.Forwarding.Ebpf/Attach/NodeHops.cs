using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Netlink.NextHops;
using PlaneHop = Orleans.Cn2.Forwarding.Managed.Network.NextHop;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>
/// Next hops as routes decide them: of VMIs on other nodes nothing is kept, a copy of the routing tells the interface. Only pods of this node have an entry
/// each, for their MACs.
/// </summary>
/// <param name="node">The node's routing.</param>
/// <param name="podSide">Interfaces that lead to pods of this node, bridges included.</param>
/// <param name="local">What is known of these pods.</param>
/// <param name="missed">Told of a pod of this node that nothing is known of yet, so that it is followed.</param>
internal sealed class NodeHops(
    NodeSnapshot node, IReadOnlySet<int> podSide, ImmutableDictionary<IpAddress, PlaneHop> local, Action<IpAddress> missed) : IHopLookup
{
    /// <inheritdoc/>
    public bool TryFind(IpAddress address, out PlaneHop hop)
    {
        if (local.TryGetValue(address, out hop))
        {
            return true;
        }

        RoutedHop way = node.Find(address);
        if (podSide.Contains(way.LinkIndex))
        {
            missed(address);
            return false;
        }

        hop = way.Status switch
        {
            NextHopStatus.OwnAddress => new PlaneHop(HopKind.Host, 0, default),
            NextHopStatus.Resolved => new PlaneHop(HopKind.Neighbour, way.LinkIndex, default),
            _ => default,
        };
        return true;
    }
}
