using System.Buffers.Binary;

namespace Orleans.Cn2.Core.Packets;

/// <summary>A TCP segment (RFC 9293).</summary>
public readonly ref struct TcpSegment
{
    /// <summary>Bytes of a header without options.</summary>
    public const int MinHeaderLength = 20;

    /// <summary>Offset of the checksum.</summary>
    public const int ChecksumOffset = 16;

    private const int SourcePortOffset = 0;
    private const int DestinationPortOffset = 2;
    private const int SequenceOffset = 4;
    private const int AcknowledgmentOffset = 8;
    private const int DataOffsetOffset = 12;
    private const int FlagsOffset = 13;
    private const int WindowOffset = 14;

    private readonly Span<byte> _bytes;

    private TcpSegment(Span<byte> bytes) => _bytes = bytes;

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

    /// <summary>Sequence number of the first byte, or of SYN.</summary>
    public uint Sequence
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[SequenceOffset..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[SequenceOffset..], value);
    }

    /// <summary>Next sequence number expected from the other side; counts only with ACK.</summary>
    public uint Acknowledgment
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[AcknowledgmentOffset..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[AcknowledgmentOffset..], value);
    }

    /// <summary>Length of the header in bytes as its data offset says, 0..60.</summary>
    public int HeaderLength
    {
        get => (_bytes[DataOffsetOffset] >> 4) * 4;
        set => _bytes[DataOffsetOffset] = (byte)(value / 4 << 4);
    }

    /// <summary>The control bits.</summary>
    public TcpFlags Flags
    {
        get => (TcpFlags)_bytes[FlagsOffset];
        set => _bytes[FlagsOffset] = (byte)value;
    }

    /// <summary>Receive window, unscaled.</summary>
    public ushort Window
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[WindowOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[WindowOffset..], value);
    }

    /// <summary>The checksum as it stands.</summary>
    public ushort Checksum
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[ChecksumOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[ChecksumOffset..], value);
    }

    /// <summary>All bytes from the header on.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>False when the bytes don't hold a header without options.</summary>
    public static bool TryCreate(Span<byte> bytes, out TcpSegment segment)
    {
        bool fits = bytes.Length >= MinHeaderLength;
        segment = fits ? new TcpSegment(bytes) : default;
        return fits;
    }
}
