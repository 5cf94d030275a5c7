using System.Buffers.Binary;

namespace Orleans.Cn2.Core.Packets;

/// <summary>A UDP datagram (RFC 768).</summary>
public readonly ref struct UdpDatagram
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderLength = 8;

    /// <summary>Offset of the checksum.</summary>
    public const int ChecksumOffset = 6;

    private const int SourcePortOffset = 0;
    private const int DestinationPortOffset = 2;
    private const int LengthOffset = 4;

    private readonly Span<byte> _bytes;

    private UdpDatagram(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Source port.</summary>
    public ushort SourcePort
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[SourcePortOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[SourcePortOffset..], value);
    }

    /// <summary>Destination port.</summary>
    public ushort DestinationPort
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[DestinationPortOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[DestinationPortOffset..], value);
    }

    /// <summary>Bytes of header and data as the field says.</summary>
    public ushort Length
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[LengthOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[LengthOffset..], value);
    }

    /// <summary>The checksum as it stands; 0 means none, which only IPv4 allows.</summary>
    public ushort Checksum
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[ChecksumOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[ChecksumOffset..], value);
    }

    /// <summary>All bytes from the header on.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>False when the bytes don't hold the header.</summary>
    public static bool TryCreate(Span<byte> bytes, out UdpDatagram datagram)
    {
        bool fits = bytes.Length >= HeaderLength;
        datagram = fits ? new UdpDatagram(bytes) : default;
        return fits;
    }
}
