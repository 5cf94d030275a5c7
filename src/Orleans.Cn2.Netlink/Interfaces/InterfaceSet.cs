using System.Collections.Immutable;

namespace Orleans.Cn2.Netlink.Interfaces;

/// <summary>
/// The interfaces that match the patterns, kept from dumps and notifications. Pure state: no I/O, one caller at a time.
/// </summary>
public sealed class InterfaceSet
{
    private readonly InterfacePatterns _patterns;
    private readonly SortedDictionary<int, NodeInterface> _matching = [];

    /// <summary>An empty set.</summary>
    public InterfaceSet(InterfacePatterns patterns) => _patterns = patterns;

    /// <summary>The attached interfaces in the order of their indexes.</summary>
    public ImmutableArray<NodeInterface> Attached => [.. _matching.Values.Where(IsAttachable)];

    /// <summary>All that match, also those that nothing can be attached to.</summary>
    public ImmutableArray<NodeInterface> Matching => [.. _matching.Values];

    /// <summary>Takes a dump for the whole truth: what is not in it is gone.</summary>
    public InterfaceChange Reset(IReadOnlyCollection<Link> links)
    {
        ArgumentNullException.ThrowIfNull(links);
        Collector changes = new();
        HashSet<int> present = [.. links.Select(link => link.Index)];
        foreach (int gone in _matching.Keys.Where(index => !present.Contains(index)).ToArray())
        {
            Remove(gone, changes);
        }

        foreach (Link link in links)
        {
            Set(link, changes);
        }

        return changes.ToChange();
    }

    /// <summary>Takes notifications; those that are not about links are passed over.</summary>
    public InterfaceChange Apply(IReadOnlyCollection<NetworkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        Collector changes = new();
        foreach (LinkChanged change in events.OfType<LinkChanged>())
        {
            if (change.Removed)
            {
                Remove(change.Link.Index, changes);
            }
            else
            {
                Set(change.Link, changes);
            }
        }

        return changes.ToChange();
    }

    private void Set(Link link, Collector changes)
    {
        _matching.TryGetValue(link.Index, out NodeInterface? before);
        NodeInterface? after = _patterns.RoleOf(link.Name) is { } role ? new NodeInterface(link, role) : null;
        if (before is not null && (after is null || after.Role != before.Role || !IsSameDevice(before.Link, link)))
        {
            Remove(link.Index, changes);
            before = null;
        }

        if (after is null)
        {
            return;
        }

        _matching[link.Index] = after;
        if (!IsAttachable(after))
        {
            if (before is null)
            {
                changes.Refused[link.Index] = after;
            }
        }
        else if (before is null)
        {
            changes.Attached[link.Index] = after;
        }
        else if (Matters(before.Link, link))
        {
            changes.Update(after);
        }
    }

    private void Remove(int index, Collector changes)
    {
        if (_matching.Remove(index, out NodeInterface? gone))
        {
            changes.Remove(gone, IsAttachable(gone));
        }
    }

    private static bool IsAttachable(NodeInterface candidate) => candidate.Layer != LinkLayer.Unknown;

    /// <summary>
    /// An index may be given again, and after lost notifications its end goes unseen. A device keeps its type, kind and
    /// peer for life, and name and address do not both change at once.
    /// </summary>
    private static bool IsSameDevice(Link before, Link after) =>
        before.HardwareType == after.HardwareType && before.Kind == after.Kind
        && (before.Name == after.Name || (before.Mac.IsSet && before.Mac == after.Mac));

    private static bool Matters(Link before, Link after) =>
        before.Name != after.Name || before.Mac != after.Mac || before.Mtu != after.Mtu
        || before.MasterIndex != after.MasterIndex || before.IsUp != after.IsUp;

    /// <summary>Folds a batch: what came and went within it is told of once or not at all.</summary>
    private sealed class Collector
    {
        private readonly Dictionary<int, NodeInterface> _detached = [];
        private readonly Dictionary<int, NodeInterface> _updated = [];

        internal Dictionary<int, NodeInterface> Attached { get; } = [];

        internal Dictionary<int, NodeInterface> Refused { get; } = [];

        internal void Update(NodeInterface after)
        {
            if (!Attached.ContainsKey(after.Index))
            {
                _updated[after.Index] = after;
                return;
            }

            Attached[after.Index] = after;
        }

        internal void Remove(NodeInterface gone, bool wasAttached)
        {
            _updated.Remove(gone.Index);
            Refused.Remove(gone.Index);
            if (!Attached.Remove(gone.Index) && wasAttached)
            {
                _detached.TryAdd(gone.Index, gone);
            }
        }

        internal InterfaceChange ToChange() =>
            new([.. _detached.Values], [.. Attached.Values], [.. _updated.Values], [.. Refused.Values]);
    }
}
