using System.Buffers.Binary;

namespace Orleans.Cn2.Core.Packets;

/// <summary>An SCTP packet (RFC 9260): the common header and the header of the first chunk.</summary>
public readonly ref struct SctpPacket
{
    /// <summary>Bytes of the common header.</summary>
    public const int HeaderLength = 12;

    /// <summary>Bytes of a chunk's header.</summary>
    public const int ChunkHeaderLength = 4;

    /// <summary>Bytes of the shortest packet: one chunk without a value.</summary>
    public const int LeastLength = HeaderLength + ChunkHeaderLength;

    /// <summary>Offset of the checksum.</summary>
    public const int ChecksumOffset = 8;

    private const int DestinationPortOffset = 2;
    private const int TagOffset = 4;
    private const int ChunkLengthOffset = 14;

    private readonly Span<byte> _bytes;

    private SctpPacket(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Source port.</summary>
    public ushort SourcePort
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes, value);
    }

    /// <summary>Destination port.</summary>
    public ushort DestinationPort
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[DestinationPortOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[DestinationPortOffset..], value);
    }

    /// <summary>Verification tag.</summary>
    public uint VerificationTag
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[TagOffset..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[TagOffset..], value);
    }

    /// <summary>CRC32c of the packet with this field 0. Its bytes lie least significant first.</summary>
    public uint Checksum
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[ChecksumOffset..]);
        set => BinaryPrimitives.WriteUInt32LittleEndian(_bytes[ChecksumOffset..], value);
    }

    /// <summary>Type of the first chunk.</summary>
    public SctpChunkType FirstChunk
    {
        get => (SctpChunkType)_bytes[HeaderLength];
        set => _bytes[HeaderLength] = (byte)value;
    }

    /// <summary>Bytes of the first chunk, its header among them, as the field says.</summary>
    public ushort FirstChunkLength
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[ChunkLengthOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[ChunkLengthOffset..], value);
    }

    /// <summary>All bytes from the header on.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>False when the bytes don't hold the common header and a chunk's.</summary>
    public static bool TryCreate(Span<byte> bytes, out SctpPacket packet)
    {
        bool fits = bytes.Length >= LeastLength;
        packet = fits ? new SctpPacket(bytes) : default;
        return fits;
    }

    /// <summary>Replaces both ports; the checksum follows by what the change alone adds to it, so a wrong one stays as wrong as it was.</summary>
    /// <param name="length">Bytes of the whole packet, all of which the checksum covers.</param>
    public void ChangePorts(ushort source, ushort destination, int length)
    {
        uint before = BinaryPrimitives.ReadUInt32LittleEndian(_bytes);
        (SourcePort, DestinationPort) = (source, destination);
        uint change = before ^ BinaryPrimitives.ReadUInt32LittleEndian(_bytes);
        if (change != 0)
        {
            Checksum ^= Crc32C.ChangeOf(change, length);
        }
    }
}
