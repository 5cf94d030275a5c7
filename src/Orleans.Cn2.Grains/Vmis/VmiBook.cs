using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>The VMIs of a namespace, found by what they are asked for: a selection costs as much as the rarest of its labels, not as the namespace.</summary>
internal sealed class VmiBook
{
    private readonly Dictionary<Guid, Vmi> _vmis = [];
    private readonly Dictionary<string, Guid> _byName = [];
    private readonly Dictionary<ulong, Guid> _byTableId = [];
    private readonly Dictionary<string, HashSet<Guid>> _byNode = [];
    private readonly Dictionary<(string Key, string Value), HashSet<Guid>> _byLabel = [];

    /// <summary>The VMI of a uid; null when there is none.</summary>
    public Vmi? Find(Guid uid) => _vmis.GetValueOrDefault(uid);

    /// <summary>The VMI of a name; null when there is none.</summary>
    public Vmi? Find(string name) => _byName.TryGetValue(name, out Guid uid) ? _vmis[uid] : null;

    /// <summary>VMIs attached to a node, in no order.</summary>
    public IEnumerable<Vmi> OfNode(string node) => In(_byNode, node);

    /// <summary>All VMIs by name.</summary>
    public IEnumerable<Vmi> Sorted() => _vmis.Values.OrderBy(vmi => vmi.Name.Name, StringComparer.Ordinal);

    /// <summary>VMIs that a selector matches and those of these table ids, by uid. An empty selector matches none.</summary>
    public IEnumerable<Vmi> Select(LabelSet selector, IEnumerable<ulong> known) => Matching(selector)
        .Concat(known.Where(_byTableId.ContainsKey).Select(id => _vmis[_byTableId[id]]))
        .DistinctBy(vmi => vmi.Uid)
        .OrderBy(vmi => vmi.Uid);

    /// <summary>Enters a VMI in place of the one of its uid.</summary>
    public void Put(Vmi vmi)
    {
        Remove(vmi.Uid);
        _vmis[vmi.Uid] = vmi;
        _byName[vmi.Name.Name] = vmi.Uid;
        _byTableId[vmi.TableId] = vmi.Uid;
        Add(_byNode, vmi.Node, vmi.Uid);
        foreach ((string key, string value) in vmi.Labels)
        {
            Add(_byLabel, (key, value), vmi.Uid);
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
        Take(_byNode, vmi.Node, uid);
        foreach ((string key, string value) in vmi.Labels)
        {
            Take(_byLabel, (key, value), uid);
        }
    }

    private IEnumerable<Vmi> Matching(LabelSet selector)
    {
        HashSet<Guid>? rarest = null;
        foreach ((string key, string value) in selector)
        {
            if (!_byLabel.TryGetValue((key, value), out HashSet<Guid>? carriers))
            {
                return [];
            }

            rarest = rarest is null || carriers.Count < rarest.Count ? carriers : rarest;
        }

        return rarest?.Select(uid => _vmis[uid]).Where(vmi => SelectorIndex.Matches(selector, vmi.Labels)) ?? [];
    }

    private IEnumerable<Vmi> In<TKey>(Dictionary<TKey, HashSet<Guid>> index, TKey key)
        where TKey : notnull => index.TryGetValue(key, out HashSet<Guid>? uids) ? uids.Select(uid => _vmis[uid]) : [];

    private static void Add<TKey>(Dictionary<TKey, HashSet<Guid>> index, TKey key, Guid uid)
        where TKey : notnull
    {
        if (!index.TryGetValue(key, out HashSet<Guid>? uids))
        {
            index[key] = uids = [];
        }

        uids.Add(uid);
    }

    private static void Take<TKey>(Dictionary<TKey, HashSet<Guid>> index, TKey key, Guid uid)
        where TKey : notnull
    {
        if (index.TryGetValue(key, out HashSet<Guid>? uids) && uids.Remove(uid) && uids.Count == 0)
        {
            index.Remove(key);
        }
    }

    private static void Drop<TKey>(Dictionary<TKey, Guid> index, TKey key, Guid uid)
        where TKey : notnull
    {
        if (index.TryGetValue(key, out Guid held) && held == uid)
        {
            index.Remove(key);
        }
    }
}
