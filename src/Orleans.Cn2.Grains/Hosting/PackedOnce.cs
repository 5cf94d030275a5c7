using System.Text;

namespace Orleans.Cn2.Grains.Hosting;

/// <summary>Packs a list as <see cref="Packed.Write{T}"/> does, and each item once: a record is written with each change of one of its items.</summary>
/// <param name="write">Writes an item.</param>
internal sealed class PackedOnce<TKey, T>(Action<BinaryWriter, KeyValuePair<TKey, T>> write)
    where TKey : notnull
    where T : class
{
    private const int MostBytesOfCount = 5;
    private readonly Dictionary<TKey, (T Item, byte[] Bytes)> _packed = [];

    /// <summary>The items, packed.</summary>
    public byte[] Write(IReadOnlyDictionary<TKey, T> items)
    {
        int length = MostBytesOfCount;
        foreach ((TKey key, T item) in items)
        {
            if (!_packed.TryGetValue(key, out (T Item, byte[] Bytes) known) || !ReferenceEquals(known.Item, item))
            {
                _packed[key] = known = (item, BytesOf(KeyValuePair.Create(key, item)));
            }

            length += known.Bytes.Length;
        }

        if (_packed.Count > items.Count)
        {
            foreach (TKey gone in _packed.Keys.Where(key => !items.ContainsKey(key)).ToArray())
            {
                _packed.Remove(gone);
            }
        }

        using MemoryStream all = new(length);
        using BinaryWriter writer = new(all, Encoding.UTF8);
        writer.Write7BitEncodedInt(items.Count);
        foreach (TKey key in items.Keys)
        {
            writer.Write(_packed[key].Bytes);
        }

        writer.Flush();
        return all.ToArray();
    }

    private byte[] BytesOf(KeyValuePair<TKey, T> item)
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes, Encoding.UTF8);
        write(writer, item);
        writer.Flush();
        return bytes.ToArray();
    }
}
