using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.NextHops;
using Orleans.Cn2.Forwarding.Managed.Network;
using HopKind = Orleans.Cn2.Forwarding.Managed.Network.HopKind;
using NextHop = Orleans.Cn2.Netlink.NextHops.NextHop;
using PlaneHop = Orleans.Cn2.Forwarding.Managed.Network.NextHop;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>The next hops to pods of this node as last told, in the data path's terms. Safe for use from several threads.</summary>
internal sealed class HopBoard
{
    private readonly object _turn = new();
    private readonly HashSet<IpAddress> _resolving = [];
    private readonly Dictionary<IpAddress, int> _local = [];
    private HashSet<IpAddress> _moved = [];
    private ImmutableDictionary<IpAddress, PlaneHop> _hops = ImmutableDictionary<IpAddress, PlaneHop>.Empty;

    /// <summary>All of them as they are now, those of local VMIs with the interface that leads to each, and the addresses whose next hop is another since this was last asked.</summary>
    internal HopSnapshot Take()
    {
        lock (_turn)
        {
            HopSnapshot taken = new(_hops, [.. _local.Select(local => (local.Key, local.Value))], _moved);
            _moved = [];
            return taken;
        }
    }

    /// <summary>Gives back what was taken and could not be told.</summary>
    internal void GiveBack(HopSnapshot taken)
    {
        lock (_turn)
        {
            _moved.UnionWith(taken.Moved);
        }
    }

    /// <summary>
    /// A neighbour that is asked, or does not answer for now, leaves the MACs that were known of it: its pod may well live, and the flows to it go on. Where
    /// none were known it is a pod of this node all the same: what a flow looks like is decided by its first packet.
    /// </summary>
    internal void Set(NextHop hop)
    {
        lock (_turn)
        {
            if (hop.Status is not (NextHopStatus.Resolving or NextHopStatus.Failed) || _hops.GetValueOrDefault(hop.Target.Address).Kind != HopKind.Local)
            {
                Set(hop.Target.Address, Of(hop));
            }

            _ = hop.Status == NextHopStatus.Resolving ? _resolving.Add(hop.Target.Address) : _resolving.Remove(hop.Target.Address);
            Monitor.PulseAll(_turn);
        }
    }

    /// <summary>Drops what is known of an address that is no longer asked for.</summary>
    internal void Remove(IpAddress address)
    {
        lock (_turn)
        {
            _resolving.Remove(address);
            _hops = _hops.Remove(address);
            _local.Remove(address);
            _moved.Add(address);
        }
    }

    /// <summary>
    /// A pod that lives answers within a millisecond: waiting for it here keeps the first packet to a new VMI. One that does not answer costs each
    /// change no more than the patience.
    /// </summary>
    internal void AwaitNeighbours(IEnumerable<IpAddress> fresh, int patience)
    {
        long deadline = Environment.TickCount64 + patience;
        lock (_turn)
        {
            HashSet<IpAddress> waiting = [.. fresh.Where(_resolving.Contains)];
            while (waiting.Count > 0 && Environment.TickCount64 is long now && now < deadline)
            {
                Monitor.Wait(_turn, (int)(deadline - now));
                waiting.RemoveWhere(address => !_resolving.Contains(address));
            }
        }
    }

    private void Set(IpAddress address, PlaneHop hop)
    {
        ImmutableDictionary<IpAddress, PlaneHop> before = _hops;
        _hops = _hops.SetItem(address, hop);
        if (ReferenceEquals(before, _hops))
        {
            return;
        }

        _moved.Add(address);
        if (hop.Kind == HopKind.Local)
        {
            _local[address] = hop.Interface;
        }
        else
        {
            _local.Remove(address);
        }
    }

    private static PlaneHop Of(NextHop hop) => hop.Status switch
    {
        NextHopStatus.OwnAddress => new PlaneHop(HopKind.Host, 0, default),
        NextHopStatus.Resolved when hop.Target.IsLocal => new PlaneHop(HopKind.Local, hop.LinkIndex, MacsOf(hop)),
        NextHopStatus.Resolved => new PlaneHop(HopKind.Neighbour, hop.LinkIndex, default),
        NextHopStatus.Resolving or NextHopStatus.Failed => new PlaneHop(HopKind.LocalNeighbour, hop.LinkIndex, default),
        _ => default,
    };

    private static LinkAddresses MacsOf(NextHop hop)
    {
        Span<byte> frame = stackalloc byte[2 * MacAddress.Size];
        hop.DestinationMac.WriteBytes(frame);
        hop.SourceMac.WriteBytes(frame[MacAddress.Size..]);
        return LinkAddresses.Of(frame);
    }
}
