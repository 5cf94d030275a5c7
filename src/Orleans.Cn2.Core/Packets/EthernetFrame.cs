using System.Buffers.Binary;

namespace Orleans.Cn2.Core.Packets;

/// <summary>An Ethernet II frame without a tag or check sequence.</summary>
public readonly ref struct EthernetFrame
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderLength = 14;

    /// <summary>Bytes of a MAC address.</summary>
    public const int MacLength = 6;

    private const int DestinationOffset = 0;
    private const int SourceOffset = 6;
    private const int TypeOffset = 12;

    private readonly Span<byte> _bytes;

    private EthernetFrame(Span<byte> bytes) => _bytes = bytes;

    /// <summary>The receiver's MAC address.</summary>
    public Span<byte> Destination => _bytes.Slice(DestinationOffset, MacLength);

    /// <summary>The sender's MAC address.</summary>
    public Span<byte> Source => _bytes.Slice(SourceOffset, MacLength);

    /// <summary>True when the frame is for a group of receivers.</summary>
    public bool IsMulticast => (_bytes[DestinationOffset] & 1) != 0;

    /// <summary>Type of the payload, see <see cref="EtherType"/>.</summary>
    public ushort Type
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[TypeOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[TypeOffset..], value);
    }

    /// <summary>All bytes after the header.</summary>
    public Span<byte> Payload => _bytes[HeaderLength..];

    /// <summary>False when the bytes don't hold a whole header.</summary>
    public static bool TryCreate(Span<byte> bytes, out EthernetFrame frame)
    {
        bool fits = bytes.Length >= HeaderLength;
        frame = fits ? new EthernetFrame(bytes) : default;
        return fits;
    }

    /// <summary>Exchanges the two MAC addresses: the frame goes back to where it came from.</summary>
    public void SwapMacs()
    {
        Span<byte> old = stackalloc byte[MacLength];
        Destination.CopyTo(old);
        Source.CopyTo(Destination);
        old.CopyTo(Source);
    }
}
