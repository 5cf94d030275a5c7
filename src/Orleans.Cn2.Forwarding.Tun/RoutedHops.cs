using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink.NextHops;
using HopKind = Orleans.Cn2.Forwarding.Managed.Network.HopKind;
using PlaneHop = Orleans.Cn2.Forwarding.Managed.Network.NextHop;

namespace Orleans.Cn2.Forwarding.Tun;

/// <summary>
/// The next hops as last told. The kernel sends what it routes, so the data plane needs no MAC of a hop, but whether it leads to a pod of this node, to
/// another node or to the node itself. Safe for use from several threads.
/// </summary>
internal sealed class RoutedHops
{
    private readonly Lock _turn = new();
    private readonly Dictionary<IpAddress, NextHop> _hops = [];

    internal void Set(NextHop hop)
    {
        lock (_turn)
        {
            _hops[hop.Target.Address] = hop;
        }
    }

    /// <summary>Drops what is known of addresses that are no longer asked for.</summary>
    internal void Keep(HashSet<IpAddress> wanted)
    {
        lock (_turn)
        {
            foreach (IpAddress gone in _hops.Keys.Where(address => !wanted.Contains(address)).ToArray())
            {
                _hops.Remove(gone);
            }
        }
    }

    /// <summary>All of them in the data plane's terms.</summary>
    /// <param name="podSide">Interfaces that lead to pods of this node.</param>
    internal ImmutableDictionary<IpAddress, PlaneHop> ToPlane(IReadOnlySet<int> podSide)
    {
        lock (_turn)
        {
            return _hops.ToImmutableDictionary(hop => hop.Key, hop => hop.Value.Status switch
            {
                NextHopStatus.OwnAddress => new PlaneHop(HopKind.Host, 0, default),
                NextHopStatus.Resolved => new PlaneHop(
                    podSide.Contains(hop.Value.RouteLinkIndex) ? HopKind.Local : HopKind.Neighbour, hop.Value.RouteLinkIndex, default),
                _ => default,
            });
        }
    }
}
