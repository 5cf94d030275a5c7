using System.Buffers.Binary;
using System.Text;

namespace Orleans.Cn2.Netlink;

/// <summary>One type-length-value attribute: a view, valid as long as the datagram's buffer.</summary>
internal readonly ref struct NetlinkAttribute
{
    internal const int HeaderSize = 4;

    /// <summary>NLA_F_NESTED and NLA_F_NET_BYTEORDER are marks, not part of the type.</summary>
    private const ushort TypeMask = 0x3fff;

    internal NetlinkAttribute(ushort rawType, ReadOnlySpan<byte> value)
    {
        Type = (ushort)(rawType & TypeMask);
        Value = value;
    }

    internal ushort Type { get; }

    internal ReadOnlySpan<byte> Value { get; }

    internal ushort AsUInt16() => BitConverter.ToUInt16(Value);

    internal uint AsUInt32() => BitConverter.ToUInt32(Value);

    internal int AsInt32() => BitConverter.ToInt32(Value);

    /// <summary>nf_tables attributes are big-endian, unlike those of rtnetlink.</summary>
    internal uint AsUInt32BigEndian() => BinaryPrimitives.ReadUInt32BigEndian(Value);

    /// <summary>A string, with or without its final NUL.</summary>
    internal string AsString()
    {
        int end = Value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
    }

    internal NetlinkAttributes AsNested() => new(Value);
}

/// <summary>Walks a run of attributes; a malformed tail ends the walk, as the kernel's own parser does.</summary>
internal ref struct NetlinkAttributes
{
    private ReadOnlySpan<byte> _rest;

    internal NetlinkAttributes(ReadOnlySpan<byte> bytes) => _rest = bytes;

    public NetlinkAttribute Current { get; private set; }

    public readonly NetlinkAttributes GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.Length < NetlinkAttribute.HeaderSize)
        {
            return false;
        }

        int length = BitConverter.ToUInt16(_rest);
        if (length < NetlinkAttribute.HeaderSize || length > _rest.Length)
        {
            return false;
        }

        Current = new NetlinkAttribute(BitConverter.ToUInt16(_rest[2..]), _rest[NetlinkAttribute.HeaderSize..length]);
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }
}
