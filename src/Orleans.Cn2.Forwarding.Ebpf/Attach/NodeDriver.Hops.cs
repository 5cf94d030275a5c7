using System.Collections.Concurrent;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink.NextHops;
using NextHop = Orleans.Cn2.Netlink.NextHops.NextHop;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>
/// Next hops: a copy of the node's routing tells the way to all addresses but those of pods of this node, which alone are kept and followed each by itself. All of
/// it on the node's thread.
/// </summary>
internal sealed partial class NodeDriver
{
    private const int NeighbourPatience = 100;

    private readonly HopBoard _board = new();

    /// <summary>The pods of this node that are followed.</summary>
    private readonly HashSet<IpAddress> _local = [];

    /// <summary>Pods of this node that the data path asked for and that are not followed yet.</summary>
    private readonly ConcurrentQueue<IpAddress> _missed = new();

    /// <summary>The routing that the data path is told of, and that of the network before while that is another.</summary>
    private NodeSnapshot _routed;
    private NodeSnapshot? _before;

    private HashSet<int> _podSide = [];

    /// <summary>False until the interfaces were read once: before, nobody can tell pods of this node from others.</summary>
    private bool _isKnown;

    /// <summary>True when any address may have another next hop than in the network before.</summary>
    private bool _allMoved = true;

    /// <summary>
    /// Has the next hops of these addresses known before paths lead there: those of VMIs on other nodes are, as routes tell them; pods of this node are asked
    /// for their MACs, and waited for a moment.
    /// </summary>
    internal void Follow(IReadOnlyCollection<IpAddress> targets) => _thread.Run(() =>
    {
        bool rerouted = Reroute();
        List<IpAddress> fresh = FollowLocal(targets);
        if (fresh.Count > 0)
        {
            _board.AwaitNeighbours(fresh, NeighbourPatience);
        }

        if (rerouted || fresh.Count > 0)
        {
            Publish();
        }
    });

    /// <summary>Follows pods of this node no longer that no path leads to.</summary>
    internal void ForgetUnused() => _thread.Run(() =>
    {
        if (Forget([.. _local.Where(address => !_isUsed(address))]))
        {
            Publish();
        }
    });

    /// <summary>Goes over to the routing as it is now; true when that is another. Whom it leads elsewhere is told with the next network.</summary>
    private bool Reroute()
    {
        NodeSnapshot now = _resolver.Node;
        bool isAnother = !ReferenceEquals(now, _routed);
        _before ??= isAnother ? _routed : null;
        _routed = now;
        Forget([.. _local.Where(address => !IsLocal(address))]);
        return isAnother;
    }

    /// <summary>An address is local when its route leads to a pod's interface, or to a bridge that pods' interfaces are ports of.</summary>
    private bool IsLocal(IpAddress address) => _podSide.Contains(_routed.Find(address).LinkIndex);

    /// <summary>Follows those that are pods of this node, and tells which were not followed before.</summary>
    private List<IpAddress> FollowLocal(IEnumerable<IpAddress> addresses)
    {
        List<IpAddress> fresh = [.. addresses.Where(address => IsLocal(address) && _local.Add(address))];
        if (fresh.Count > 0)
        {
            _resolver.AddTargets([.. fresh.Select(address => new NextHopTarget(address, IsLocal: true))]);
        }

        return fresh;
    }

    private bool Forget(IReadOnlyCollection<IpAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            return false;
        }

        _local.ExceptWith(addresses);
        _resolver.SetTargets([.. _local.Select(address => new NextHopTarget(address, IsLocal: true))]);
        foreach (IpAddress address in addresses)
        {
            _board.Remove(address);
        }

        return true;
    }

    private void OnHop(NextHop hop)
    {
        _board.Set(hop);
        Signal();
    }

    private void OnMissed(IpAddress address)
    {
        _missed.Enqueue(address);
        Signal();
    }

    private void Signal() => _signal.Writer.TryWrite(true);

    /// <summary>Tells the data path of the node as it is. Pods of this node that it met thereby and that were not known to be such are followed at once.</summary>
    private void Publish()
    {
        do
        {
            PublishOnce();
        }
        while (FollowLocal(TakeMissed()).Count > 0);
    }

    private List<IpAddress> TakeMissed()
    {
        List<IpAddress> missed = [];
        while (_missed.TryDequeue(out IpAddress address))
        {
            missed.Add(address);
        }

        return missed;
    }
}
