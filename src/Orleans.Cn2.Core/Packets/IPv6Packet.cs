using System.Buffers.Binary;

namespace Orleans.Cn2.Core.Packets;

/// <summary>An IPv6 packet (RFC 8200) and what follows it in the frame.</summary>
public readonly ref struct IPv6Packet
{
    /// <summary>Bytes of the fixed header.</summary>
    public const int HeaderLength = 40;

    /// <summary>Offset of the source address.</summary>
    public const int SourceOffset = 8;

    /// <summary>Offset of the destination address.</summary>
    public const int DestinationOffset = 24;

    /// <summary>Bytes of an address.</summary>
    public const int AddressLength = 16;

    private const int PayloadLengthOffset = 4;
    private const int NextHeaderOffset = 6;
    private const int HopLimitOffset = 7;

    private readonly Span<byte> _bytes;

    private IPv6Packet(Span<byte> bytes) => _bytes = bytes;

    /// <summary>The version field; 6 in a packet that says what it is.</summary>
    public int Version => _bytes[0] >> 4;

    /// <summary>Version (4 bits), traffic class (8) and flow label (20).</summary>
    public uint VersionClassFlow
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes, value);
    }

    /// <summary>Bytes after the fixed header as the field says.</summary>
    public ushort PayloadLength
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[PayloadLengthOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[PayloadLengthOffset..], value);
    }

    /// <summary>See <see cref="IpProtocol"/>.</summary>
    public byte NextHeader
    {
        get => _bytes[NextHeaderOffset];
        set => _bytes[NextHeaderOffset] = value;
    }

    /// <summary>What IPv4 calls time to live.</summary>
    public byte HopLimit
    {
        get => _bytes[HopLimitOffset];
        set => _bytes[HopLimitOffset] = value;
    }

    /// <summary>Source address, 16 bytes.</summary>
    public Span<byte> Source => _bytes.Slice(SourceOffset, AddressLength);

    /// <summary>Destination address, 16 bytes.</summary>
    public Span<byte> Destination => _bytes.Slice(DestinationOffset, AddressLength);

    /// <summary>All bytes after the fixed header.</summary>
    public Span<byte> Payload => _bytes[HeaderLength..];

    /// <summary>All bytes from the header on.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>False when the bytes don't hold the fixed header.</summary>
    public static bool TryCreate(Span<byte> bytes, out IPv6Packet packet)
    {
        bool fits = bytes.Length >= HeaderLength;
        packet = fits ? new IPv6Packet(bytes) : default;
        return fits;
    }
}
