using System.Collections.Frozen;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>Items by a key that several may share; a key without items takes no memory.</summary>
internal sealed class ManyIndex<TKey, TItem>
    where TKey : notnull
{
    private readonly Dictionary<TKey, HashSet<TItem>> _items = [];

    /// <summary>Items of a key, in no order.</summary>
    public IReadOnlySet<TItem> this[TKey key] => _items.TryGetValue(key, out HashSet<TItem>? items) ? items : FrozenSet<TItem>.Empty;

    /// <summary>Files an item under a key.</summary>
    public void Add(TKey key, TItem item)
    {
        if (!_items.TryGetValue(key, out HashSet<TItem>? items))
        {
            _items[key] = items = [];
        }

        items.Add(item);
    }

    /// <summary>Takes an item away from a key, if it is there.</summary>
    public void Remove(TKey key, TItem item)
    {
        if (_items.TryGetValue(key, out HashSet<TItem>? items) && items.Remove(item) && items.Count == 0)
        {
            _items.Remove(key);
        }
    }
}
