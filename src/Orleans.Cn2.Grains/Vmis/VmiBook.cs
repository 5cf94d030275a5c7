using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>The VMIs of a namespace, found by what they are asked for: a selection costs as much as the rarest of its labels, not as the namespace.</summary>
internal sealed class VmiBook
{
    private readonly Dictionary<Guid, Vmi> _vmis = [];
    private readonly Dictionary<string, Vmi> _byName = [];
    private readonly Dictionary<ulong, Vmi> _byTableId = [];
    private readonly ManyIndex<string, Guid> _byNode = new();
    private readonly ManyIndex<(string Key, string Value), Guid> _byLabel = new();

    /// <summary>The VMI of a uid; null when there is none.</summary>
    public Vmi? Find(Guid uid) => _vmis.GetValueOrDefault(uid);

    /// <summary>The VMI of a name; null when there is none.</summary>
    public Vmi? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>True when there is a VMI of this table id.</summary>
    public bool Has(ulong tableId) => _byTableId.ContainsKey(tableId);

    /// <summary>VMIs attached to a node, in no order.</summary>
    public IEnumerable<Vmi> OfNode(string node) => _byNode[node].Select(uid => _vmis[uid]);

    /// <summary>All VMIs by name.</summary>
    public IEnumerable<Vmi> Sorted() => _vmis.Values.OrderBy(vmi => vmi.Name.Name, StringComparer.Ordinal);

    /// <summary>VMIs that a selector matches and those of these table ids, by uid. An empty selector matches none.</summary>
    public IEnumerable<Vmi> Select(LabelSet selector, IEnumerable<ulong> known) => Matching(selector)
        .Concat(known.Select(id => _byTableId.GetValueOrDefault(id)).OfType<Vmi>())
        .DistinctBy(vmi => vmi.Uid)
        .OrderBy(vmi => vmi.Uid);

    /// <summary>Enters a VMI in place of the one of its uid.</summary>
    public void Put(Vmi vmi)
    {
        Remove(vmi.Uid);
        _vmis[vmi.Uid] = vmi;
        _byName[vmi.Name.Name] = vmi;
        _byTableId[vmi.TableId] = vmi;
        _byNode.Add(vmi.Node, vmi.Uid);
        foreach ((string key, string value) in vmi.Labels)
        {
            _byLabel.Add((key, value), vmi.Uid);
        }
    }

    /// <summary>Removes a VMI, if it is there. A name that another VMI took since stays that one's.</summary>
    public void Remove(Guid uid)
    {
        if (!_vmis.Remove(uid, out Vmi? vmi))
        {
            return;
        }

        Drop(_byName, vmi.Name.Name, uid);
        Drop(_byTableId, vmi.TableId, uid);
        _byNode.Remove(vmi.Node, uid);
        foreach ((string key, string value) in vmi.Labels)
        {
            _byLabel.Remove((key, value), uid);
        }
    }

    private IEnumerable<Vmi> Matching(LabelSet selector)
    {
        IReadOnlyCollection<Guid>? rarest = null;
        foreach ((string key, string value) in selector)
        {
            IReadOnlyCollection<Guid> carriers = _byLabel[(key, value)];
            rarest = rarest is null || carriers.Count < rarest.Count ? carriers : rarest;
        }

        return rarest?.Select(uid => _vmis[uid]).Where(vmi => SelectorIndex.Matches(selector, vmi.Labels)) ?? [];
    }

    private static void Drop<TKey>(Dictionary<TKey, Vmi> index, TKey key, Guid uid)
        where TKey : notnull
    {
        if (index.TryGetValue(key, out Vmi? held) && held.Uid == uid)
        {
            index.Remove(key);
        }
    }
}
