using System.Text;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Hosting;

/// <summary>
/// Long lists of a state as one field of bytes. A record is written whole with each of its changes, and the serializer looks up a codec for every item of a
/// collection, which made it the dearest part of a write.
/// </summary>
internal static class Packed
{
    private const int BytesOfItem = 64;

    /// <summary>The number of items, then each as it is written.</summary>
    public static byte[] Write<T>(IReadOnlyCollection<T> items, Action<BinaryWriter, T> write)
    {
        using MemoryStream bytes = new(BytesOfItem * (items.Count + 1));
        using BinaryWriter writer = new(bytes, Encoding.UTF8);
        writer.Write7BitEncodedInt(items.Count);
        foreach (T item in items)
        {
            write(writer, item);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="Write{T}"/> wrote; null is an empty list.</summary>
    /// <exception cref="EndOfStreamException">The bytes end within an item.</exception>
    public static IEnumerable<T> Read<T>(byte[]? packed, Func<BinaryReader, T> read)
    {
        if (packed is null)
        {
            yield break;
        }

        using BinaryReader reader = new(new MemoryStream(packed, writable: false), Encoding.UTF8);
        int count = reader.Read7BitEncodedInt();
        for (int i = 0; i < count; i++)
        {
            yield return read(reader);
        }
    }

    public static void Write(this BinaryWriter writer, NamespacedName name)
    {
        writer.Write(name.Namespace);
        writer.Write(name.Name);
    }

    public static NamespacedName ReadName(this BinaryReader reader) => new(reader.ReadString(), reader.ReadString());

    public static void Write(this BinaryWriter writer, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes);
        writer.Write(bytes);
    }

    public static Guid ReadGuid(this BinaryReader reader)
    {
        Span<byte> bytes = stackalloc byte[16];
        reader.BaseStream.ReadExactly(bytes);
        return new Guid(bytes);
    }

    public static void Write(this BinaryWriter writer, DateTimeOffset time) => writer.Write(time.UtcTicks);

    public static DateTimeOffset ReadTime(this BinaryReader reader) => new(reader.ReadInt64(), TimeSpan.Zero);
}
