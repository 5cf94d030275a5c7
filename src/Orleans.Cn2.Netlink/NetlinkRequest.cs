using System.Text;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

/// <summary>
/// Writes one request into a caller's buffer: header, family header, attributes. The buffer must be large enough;
/// a write beyond it throws, so no truncated request ever leaves.
/// </summary>
internal ref struct NetlinkRequest
{
    /// <summary>Enough for every request of this project.</summary>
    internal const int BufferSize = 512;

    private const ushort NestedMark = 0x8000;
    private readonly Span<byte> _buffer;
    private int _length;

    internal NetlinkRequest(Span<byte> buffer, ushort type, NetlinkFlags flags)
    {
        buffer.Clear();
        _buffer = buffer;
        _length = NetlinkMessage.HeaderSize;
        BitConverter.TryWriteBytes(buffer[4..], type);
        BitConverter.TryWriteBytes(buffer[6..], (ushort)(flags | NetlinkFlags.Request));
    }

    /// <summary>Reserves the zeroed family header (ifinfomsg, rtmsg, ...) and hands it out to be filled.</summary>
    internal Span<byte> Header(int size)
    {
        Span<byte> header = _buffer.Slice(_length, size);
        _length += (size + 3) & ~3;
        return header;
    }

    internal void Add(ushort type, scoped ReadOnlySpan<byte> value)
    {
        int length = NetlinkAttribute.HeaderSize + value.Length;
        Span<byte> attribute = _buffer.Slice(_length, (length + 3) & ~3);
        BitConverter.TryWriteBytes(attribute, (ushort)length);
        BitConverter.TryWriteBytes(attribute[2..], type);
        value.CopyTo(attribute[NetlinkAttribute.HeaderSize..]);
        _length += attribute.Length;
    }

    internal void Add(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BitConverter.TryWriteBytes(bytes, value);
        Add(type, bytes);
    }

    internal void Add(ushort type, int value) => Add(type, (uint)value);

    internal void Add(ushort type, IpAddress value)
    {
        Span<byte> bytes = stackalloc byte[16];
        Add(type, bytes[..value.WriteBytes(bytes)]);
    }

    internal void Add(ushort type, MacAddress value)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Size];
        value.WriteBytes(bytes);
        Add(type, bytes);
    }

    /// <summary>Adds a NUL-terminated string.</summary>
    internal void Add(ushort type, string value)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(value.Length) + 1];
        int written = Encoding.UTF8.GetBytes(value, bytes);
        bytes[written] = 0;
        Add(type, bytes[..(written + 1)]);
    }

    /// <summary>Opens a nested attribute; give the answer to <see cref="EndNested"/>.</summary>
    internal int BeginNested(ushort type)
    {
        int start = _length;
        Add((ushort)(type | NestedMark), []);
        return start;
    }

    internal readonly void EndNested(int start) =>
        BitConverter.TryWriteBytes(_buffer[start..], (ushort)(_length - start));

    /// <summary>Seals the request with its sequence number and returns its bytes.</summary>
    internal readonly ReadOnlySpan<byte> Seal(uint sequence)
    {
        BitConverter.TryWriteBytes(_buffer, (uint)_length);
        BitConverter.TryWriteBytes(_buffer[8..], sequence);
        return _buffer[.._length];
    }
}
