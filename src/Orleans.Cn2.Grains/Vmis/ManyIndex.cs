namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// Items by a key that several may share; a key without items takes no memory. Nearly all keys have one or two items, and there are as many keys as VMIs: so
/// a few are an array of their own size, which takes a fifth of a set.
/// </summary>
internal sealed class ManyIndex<TKey, TItem>
    where TKey : notnull
{
    /// <summary>Items of a key up to which they are searched one by one.</summary>
    public const int Few = 8;

    private readonly Dictionary<TKey, IReadOnlyCollection<TItem>> _items = [];

    /// <summary>Items of a key, each once, in no order.</summary>
    public IReadOnlyCollection<TItem> this[TKey key] => _items.GetValueOrDefault(key, []);

    /// <summary>Files an item under a key.</summary>
    public void Add(TKey key, TItem item)
    {
        switch (this[key])
        {
            case HashSet<TItem> many:
                many.Add(item);
                break;
            case TItem[] few when few.Contains(item):
                break;
            case TItem[] { Length: Few } full:
                _items[key] = new HashSet<TItem>(full) { item };
                break;
            case IReadOnlyCollection<TItem> fewer:
                _items[key] = (TItem[])[.. fewer, item];
                break;
        }
    }

    /// <summary>Takes an item away from a key, if it is there.</summary>
    public void Remove(TKey key, TItem item)
    {
        switch (this[key])
        {
            case HashSet<TItem> many when many.Remove(item) && many.Count == Few:
                _items[key] = many.ToArray();
                break;
            case TItem[] { Length: > 1 } few when few.Contains(item):
                _items[key] = Array.FindAll(few, other => !EqualityComparer<TItem>.Default.Equals(other, item));
                break;
            case TItem[] { Length: 1 } last when last.Contains(item):
                _items.Remove(key);
                break;
        }
    }
}
