using System.Buffers.Binary;

namespace Orleans.Cn2.Core.Packets;

/// <summary>An IPv4 packet (RFC 791) and what follows it in the frame.</summary>
public readonly ref struct IPv4Packet
{
    /// <summary>Bytes of a header without options.</summary>
    public const int MinHeaderLength = 20;

    /// <summary>The "don't fragment" bit of <see cref="FragmentBits"/>.</summary>
    public const ushort DontFragment = 0x4000;

    /// <summary>The "more fragments" bit of <see cref="FragmentBits"/>.</summary>
    public const ushort MoreFragments = 0x2000;

    /// <summary>The fragment offset in <see cref="FragmentBits"/>, in units of 8 bytes.</summary>
    public const ushort FragmentOffsetMask = 0x1fff;

    /// <summary>Offset of the header checksum.</summary>
    public const int ChecksumOffset = 10;

    private const int TotalLengthOffset = 2;
    private const int IdOffset = 4;
    private const int FragmentOffset = 6;
    private const int TtlOffset = 8;
    private const int ProtocolOffset = 9;
    private const int SourceOffset = 12;
    private const int DestinationOffset = 16;

    private readonly Span<byte> _bytes;

    private IPv4Packet(Span<byte> bytes) => _bytes = bytes;

    /// <summary>The version field; 4 in a packet that says what it is.</summary>
    public int Version => _bytes[0] >> 4;

    /// <summary>Length of the header in bytes as its field says, 0..60: less than 20 and more than the frame are possible.</summary>
    public int HeaderLength => (_bytes[0] & 0xf) * 4;

    /// <summary>Version and header length as they stand in the first byte: 0x45 without options.</summary>
    public byte VersionAndLength
    {
        get => _bytes[0];
        set => _bytes[0] = value;
    }

    /// <summary>DSCP and ECN.</summary>
    public byte TypeOfService
    {
        get => _bytes[1];
        set => _bytes[1] = value;
    }

    /// <summary>Bytes of header and payload as the field says.</summary>
    public ushort TotalLength
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[TotalLengthOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[TotalLengthOffset..], value);
    }

    /// <summary>The identification of the datagram that fragments share.</summary>
    public ushort Id
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[IdOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[IdOffset..], value);
    }

    /// <summary>Flags and fragment offset.</summary>
    public ushort FragmentBits
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[FragmentOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[FragmentOffset..], value);
    }

    /// <summary>True for every fragment, the first one included.</summary>
    public bool IsFragment => (FragmentBits & (MoreFragments | FragmentOffsetMask)) != 0;

    /// <summary>Time to live.</summary>
    public byte Ttl
    {
        get => _bytes[TtlOffset];
        set => _bytes[TtlOffset] = value;
    }

    /// <summary>See <see cref="IpProtocol"/>.</summary>
    public byte Protocol
    {
        get => _bytes[ProtocolOffset];
        set => _bytes[ProtocolOffset] = value;
    }

    /// <summary>The header checksum as it stands.</summary>
    public ushort Checksum
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[ChecksumOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[ChecksumOffset..], value);
    }

    /// <summary>Source address in host order.</summary>
    public uint Source
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[SourceOffset..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[SourceOffset..], value);
    }

    /// <summary>Destination address in host order.</summary>
    public uint Destination
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[DestinationOffset..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[DestinationOffset..], value);
    }

    /// <summary>All bytes from the header on.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>False when the bytes don't hold a header without options; its fields may say anything.</summary>
    public static bool TryCreate(Span<byte> bytes, out IPv4Packet packet)
    {
        bool fits = bytes.Length >= MinHeaderLength;
        packet = fits ? new IPv4Packet(bytes) : default;
        return fits;
    }

    /// <summary>Computes the header checksum anew; the header length must lie in the bytes.</summary>
    public void FillChecksum()
    {
        Checksum = 0;
        Checksum = InternetChecksum.Of(_bytes[..HeaderLength]);
    }
}
