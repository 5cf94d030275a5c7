using System.Buffers.Binary;

namespace Orleans.Cn2.Core.Packets;

/// <summary>The eight bytes that ICMP (RFC 792) and ICMPv6 (RFC 4443) messages begin with, and their body. The layout is the same; the types are not.</summary>
public readonly ref struct IcmpMessage
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderLength = 8;

    /// <summary>Offset of the checksum; ICMPv6 counts a pseudo-header in, ICMP doesn't.</summary>
    public const int ChecksumOffset = 2;

    /// <summary>ICMP type: echo reply.</summary>
    public const byte EchoReply = 0;

    /// <summary>ICMP type: destination unreachable.</summary>
    public const byte Unreachable = 3;

    /// <summary>ICMP code of <see cref="Unreachable"/>: port unreachable.</summary>
    public const byte PortUnreachable = 3;

    /// <summary>ICMP code of <see cref="Unreachable"/>: too big to be sent on whole; the MTU is the low half of <see cref="Rest"/> (RFC 1191).</summary>
    public const byte FragmentationNeeded = 4;

    /// <summary>ICMP type: time exceeded.</summary>
    public const byte TimeExceeded = 11;

    /// <summary>ICMP type: parameter problem.</summary>
    public const byte ParameterProblem = 12;

    /// <summary>ICMP type: echo request.</summary>
    public const byte EchoRequest = 8;

    /// <summary>ICMPv6 type: destination unreachable.</summary>
    public const byte UnreachableV6 = 1;

    /// <summary>ICMPv6 code of <see cref="UnreachableV6"/>: port unreachable.</summary>
    public const byte PortUnreachableV6 = 4;

    /// <summary>ICMPv6 type: packet too big; <see cref="Rest"/> is the MTU.</summary>
    public const byte PacketTooBigV6 = 2;

    /// <summary>ICMPv6 type: time exceeded.</summary>
    public const byte TimeExceededV6 = 3;

    /// <summary>ICMPv6 type: parameter problem.</summary>
    public const byte ParameterProblemV6 = 4;

    /// <summary>ICMPv6 type: echo request.</summary>
    public const byte EchoRequestV6 = 128;

    /// <summary>ICMPv6 type: echo reply.</summary>
    public const byte EchoReplyV6 = 129;

    private const int RestOffset = 4;

    private readonly Span<byte> _bytes;

    private IcmpMessage(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Type of the message.</summary>
    public byte Type
    {
        get => _bytes[0];
        set => _bytes[0] = value;
    }

    /// <summary>Code within the type.</summary>
    public byte Code
    {
        get => _bytes[1];
        set => _bytes[1] = value;
    }

    /// <summary>The checksum as it stands.</summary>
    public ushort Checksum
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[ChecksumOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[ChecksumOffset..], value);
    }

    /// <summary>The second word: identifier and sequence of an echo, MTU or unused of an error.</summary>
    public uint Rest
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[RestOffset..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[RestOffset..], value);
    }

    /// <summary>All bytes after the header: an error's quote of the packet it is about.</summary>
    public Span<byte> Body => _bytes[HeaderLength..];

    /// <summary>All bytes from the header on.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>False when the bytes don't hold the header.</summary>
    public static bool TryCreate(Span<byte> bytes, out IcmpMessage message)
    {
        bool fits = bytes.Length >= HeaderLength;
        message = fits ? new IcmpMessage(bytes) : default;
        return fits;
    }
}
