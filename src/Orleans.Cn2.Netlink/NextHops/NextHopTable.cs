using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.NextHops;

/// <summary>
/// The next hops of a set of addresses. Events mark what may have changed, <see cref="Refresh"/> works it off and tells
/// each entry that did. Pure state: the node is asked through <see cref="INodeView"/>; one caller at a time.
/// </summary>
public sealed class NextHopTable
{
    private readonly Dictionary<IpAddress, NextHopTarget> _targets = [];
    private readonly Dictionary<IpAddress, NextHop> _hops = [];
    private readonly Dictionary<int, Link> _links = [];
    private readonly HashSet<IpAddress> _marked = [];

    /// <summary>The entries as last refreshed.</summary>
    public IReadOnlyCollection<NextHop> Hops => _hops.Values;

    /// <summary>The entry of an address; null when it is no target or was never refreshed.</summary>
    public NextHop? Find(IpAddress address) => _hops.GetValueOrDefault(address);

    /// <summary>Replaces the targets: new ones and those that became local or remote are marked, dropped ones forgotten.</summary>
    /// <exception cref="ArgumentException">An address is given both as local and as remote.</exception>
    public void SetTargets(IReadOnlyCollection<NextHopTarget> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        Dictionary<IpAddress, NextHopTarget> wanted = [];
        foreach (NextHopTarget target in targets)
        {
            if (!wanted.TryAdd(target.Address, target) && wanted[target.Address] != target)
            {
                throw new ArgumentException($"{target.Address} is given both as local and as remote", nameof(targets));
            }
        }

        foreach (IpAddress dropped in _targets.Keys.Where(address => !wanted.ContainsKey(address)).ToArray())
        {
            _targets.Remove(dropped);
            _hops.Remove(dropped);
            _marked.Remove(dropped);
        }

        AddTargets(wanted.Values);
    }

    /// <summary>Adds targets to those there are: new ones and those that became local or remote are marked.</summary>
    public void AddTargets(IEnumerable<NextHopTarget> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        foreach (NextHopTarget target in targets)
        {
            if (!_targets.TryGetValue(target.Address, out NextHopTarget before) || before != target)
            {
                _targets[target.Address] = target;
                _marked.Add(target.Address);
            }
        }
    }

    /// <summary>Marks every entry, as after lost notifications.</summary>
    public void MarkAll() => _marked.UnionWith(_targets.Keys);

    /// <summary>Marks the entries that an event may have changed.</summary>
    public void Apply(NetworkEvent change)
    {
        switch (change)
        {
            case NeighbourChanged { Neighbour: { } neighbour } when neighbour.Address.IsSet:
                Mark(hop => hop.RouteLinkIndex == neighbour.LinkIndex && hop.Via == neighbour.Address
                    && !Confirms(hop, neighbour));
                break;
            case NeighbourChanged { Neighbour: { } learned }:
                Mark(hop => hop.DestinationMac == learned.Mac || hop.Status == NextHopStatus.Resolving);
                break;
            case RouteChanged { Route: { } route }:
                Mark(hop => route.Destination.Contains(hop.Target.Address));
                break;
            case LinkChanged { Link: { } link, Removed: var removed } when LinkMatters(link, removed):
                MarkAll();
                break;
            case AddressChanged or RulesChanged or EventsLost:
                MarkAll();
                break;
        }
    }

    /// <summary>Asks the node about each marked entry and returns those that changed, in no particular order.</summary>
    public IReadOnlyList<NextHop> Refresh(INodeView view)
    {
        List<NextHop> changed = [];
        foreach (IpAddress address in _marked)
        {
            NextHop? before = _hops.GetValueOrDefault(address);
            NextHop after = NextHopRules.Resolve(_targets[address], before, view);
            if (after != before)
            {
                _hops[address] = after;
                changed.Add(after);
            }
        }

        _marked.Clear();
        return changed;
    }

    private void Mark(Func<NextHop, bool> concerned)
    {
        foreach (NextHop hop in _hops.Values)
        {
            if (concerned(hop))
            {
                _marked.Add(hop.Target.Address);
            }
        }
    }

    /// <summary>A neighbour ages through its states all the time; with the MAC unchanged that says nothing new.</summary>
    private static bool Confirms(NextHop hop, Neighbour neighbour) =>
        hop.Status == NextHopStatus.Resolved && neighbour.IsValid && neighbour.Mac == hop.DestinationMac;

    /// <summary>
    /// IPv4 routes fall with their interface without a notification, so an interface that came, went, or went up or down
    /// marks everything; its counters and carrier changes do not.
    /// </summary>
    private bool LinkMatters(Link link, bool removed)
    {
        if (removed)
        {
            _links.Remove(link.Index);
            return true;
        }

        bool matters = !_links.TryGetValue(link.Index, out Link? before) || before.IsUp != link.IsUp
            || before.Mac != link.Mac || before.MasterIndex != link.MasterIndex
            || before.Flags.HasFlag(LinkFlags.LowerUp) != link.Flags.HasFlag(LinkFlags.LowerUp);
        _links[link.Index] = link;
        return matters;
    }
}
